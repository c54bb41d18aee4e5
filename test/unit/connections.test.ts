/** Connected projects of a plugin: however they are begun and ended, each works once. */
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Bridge } from '@suggestive/shared/bridge'
import { createConnections } from '@suggestive/shared/connections'
import { openSettingsFile } from '@suggestive/shared/settings-file'
import { z } from 'zod'
import { createSilentLog } from '../fakes/silent-log.ts'
import { withFolder } from '../support/folders.ts'

const settings = z.object({
  server: z.string().optional(),
  projects: z.record(z.string(), z.string()).default({}),
})

/** Projects at work, one entry for each time that one was begun and not ended. */
let working: number[] = []
beforeEach(() => {
  working = []
})

const bridge = (project: number): Bridge => ({
  start: () => void working.push(project),
  poke: () => {},
  poll: async () => {},
  idle: async () => {},
  stop: async () => {},
  taskWith: () => undefined,
  status: () => {
    throw new Error('nobody asks')
  },
})

const openProject = (project: number) => ({
  project,
  bridge: bridge(project),
  async stop() {
    await new Promise((resolve) => setTimeout(resolve, 5))
    working = working.filter((one) => one !== project)
  },
})

async function withConnections(
  run: (
    all: ReturnType<typeof createConnections<string, string, ReturnType<typeof openProject>>>,
  ) => Promise<void>,
) {
  await withFolder({}, async (folder) => {
    const file = await openSettingsFile('The tool', join(folder, 'a.json'), settings)
    await file.change(() => ({ server: 'x', projects: { 1: 'a', 2: 'b' } }))
    await run(createConnections(file, createSilentLog(), openProject))
  })
}

describe('connections', () => {
  it('work once each, however often they are begun at the same time', async () => {
    await withConnections(async (all) => {
      await all.start()
      await Promise.all([all.open(1), all.open(2), all.open(1), all.close(2), all.open(1)])
      expect(working).toEqual([1])
      expect(all.all().map(({ project }) => project)).toEqual([1])
      expect(await all.open(3)).toBeUndefined()
    })
  })

  it('do not begin again once everything ends', async () => {
    await withConnections(async (all) => {
      await all.start()
      const late = all.stop()
      await Promise.all([late, all.open(1)])
      expect([working, all.all()]).toEqual([[], []])
    })
  })
})
