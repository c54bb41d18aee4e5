/** Requests of the command line to a plugin that runs. */
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import { loadConfig } from '../config.ts'
import { readRunning } from '../main/running.ts'
import type { Flags } from './flags.ts'

export interface PluginCaller {
  /** @throws Problem with what the plugin says */
  call<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<z.output<Schema>>
}

/** What a plugin tested, line by line. */
export const pluginChecks = z.array(
  z.looseObject({
    name: z.string(),
    state: z.enum(['ok', 'note', 'broken']),
    finding: z.string(),
  }),
)

const refusal = z.looseObject({ detail: z.string() })

/**
 * @param flags `data` and `config` as for `suggest serve`
 * @returns undefined when no such plugin runs
 */
export async function findPlugin(flags: Flags, plugin: string): Promise<PluginCaller | undefined> {
  const { config } = await loadConfig(pickConfig(flags))
  const running = await readRunning(config.data, plugin)
  if (running === undefined) return undefined
  const token = config.tokens.find(({ role }) => role === 'owner')?.token.reveal()
  return {
    async call(schema, path, body, signal) {
      const reply = await fetch(new URL(path, running.address), {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }).catch((cause: unknown) => {
        if (signal?.aborted === true) throw new Problem('cancelled', 'It was stopped.')
        const sentence = `The plugin should answer at ${running.address} and does not: restart suggest serve.`
        throw new Problem('tool-failed', sentence, { cause })
      })
      const content: unknown = await reply.json().catch(() => undefined)
      if (!reply.ok) {
        const said = refusal.safeParse(content)
        const detail = said.success ? said.data.detail : `it answers with status ${reply.status}`
        throw new Problem(reply.status < 500 ? 'wrong-use' : 'tool-failed', detail)
      }
      return schema.parse(content)
    },
  }
}

/** @throws Problem `conflict` when it does not run */
export async function requirePlugin(flags: Flags, plugin: string): Promise<PluginCaller> {
  const found = await findPlugin(flags, plugin)
  if (found !== undefined) return found
  throw new Problem(
    'conflict',
    `The server does not run with this data folder: start it with npx suggest serve, in another window, and repeat this.`,
  )
}

function pickConfig({ data, config }: Flags): Flags {
  return {
    ...(data === undefined ? {} : { data }),
    ...(config === undefined ? {} : { config }),
  }
}
