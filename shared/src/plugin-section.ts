/** What the sections of all plugins in `suggest.json` have in common. */
import { z } from 'zod'
import { webAddress } from './protocol.ts'

/** Name or address to listen at. */
export const listenHost = z
  .string()
  .regex(/^[\w.:-]+$/)
  .default('127.0.0.1')

/** Fields of a strict object. @param pollSeconds between two looks, unless somebody says otherwise */
export const pluginSection = (pollSeconds: number) => ({
  host: listenHost,
  port: z.int().min(0).max(65_535).optional(),
  /** Where the tool reaches the plugin, unless a connection says otherwise. */
  pluginAddress: webAddress.optional(),
  pollSeconds: z.number().min(1).max(3600).default(pollSeconds),
})
