/** A bridge between a tool in memory and a real sidecar on a port of its own. */
import { join } from 'node:path'
import { createBridge } from '@suggestive/shared/bridge'
import type { BridgeOptions } from '@suggestive/shared/bridge/deps'
import type { State } from '@suggestive/shared/bridge/state'
import { openStateFile } from '@suggestive/shared/bridge/state-file'
import type { Label } from '@suggestive/shared/protocol/label'
import { createSidecarClient } from '@suggestive/shared/sidecar-client'
import { unpack } from '@suggestive/sidecar/domain/packed-mask'
import type { Store } from '@suggestive/sidecar/ports/store'
import { createSilentLog } from '../fakes/silent-log.ts'
import { FakeTool } from '../fakes/tool.ts'
import { openFolder } from './folders.ts'
import { openHttp, tokenOf, tokens } from './http.ts'
import { openMemoryStore } from './memory-store.ts'
import { listen } from './sockets.ts'

/** Timers of the real clock that do not keep a process. */
export const realTimers = {
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  },
}

export type Rig = Awaited<ReturnType<typeof openRig>>

export async function openRig() {
  const folder = openFolder()
  const store = await openMemoryStore()
  const http = await openHttp({ access: { tokens }, deps: { store } })
  let server = await listen(http)
  const tool = new FakeTool()
  const log = createSilentLog()
  const bridges: ReturnType<typeof createBridge>[] = []
  const clock = { now: () => http.now }
  const stateFile = join(folder.path, 'state.json')

  return {
    http,
    store,
    tool,
    log,
    clock,
    folder,
    stateFile,
    token: tokenOf('service'),
    client: (attempts = 1, address = `http://127.0.0.1:${server.port}`) =>
      createSidecarClient({
        address,
        token: tokenOf('service'),
        attempts,
        pause: async () => {},
      }),
    /** A bridge that polls when it is asked to; its state is the file's. */
    async bridge(options: Partial<BridgeOptions> & { readonly state?: State } = {}) {
      const bridge = createBridge({
        tool,
        sidecar: this.client(),
        state: options.state ?? (await openStateFile(stateFile)),
        clock,
        timers: realTimers,
        log,
        pollSeconds: 3600,
        hintMs: 5,
        page: 'http://page.test/',
        ...options,
      })
      bridges.push(bridge)
      return bridge
    },
    async stopServer() {
      await server.close()
    },
    /** At the same address, with the same database. */
    async startServer() {
      server = await listen(http, {}, server.port)
    },
    async close() {
      for (const bridge of bridges) await bridge.stop()
      await server.close()
      await http.close()
      await store.close()
      folder.remove()
    },
  }
}

/** What the sidecar takes for the present annotations of a task: external id -> outcome and mask. */
async function present(store: Store, project: string, taskKey: string) {
  const newest = new Map<string, { id: number; version: number; outcome: string }>()
  const { items } = await store.labels(project, { limit: 1000, taskKey })
  for (const { id, externalId, version, seenVersion, outcome } of items) {
    const before = newest.get(externalId)
    if (before !== undefined && version < before.version) continue
    newest.set(externalId, { id, version: Math.max(version, seenVersion), outcome })
  }
  const masks = await store.labelMasks(
    project,
    [...newest.values()].map(({ id }) => id),
  )
  const found: Record<string, unknown> = {}
  for (const [externalId, { id, outcome }] of newest) {
    if (outcome === 'deleted') continue
    const mask = masks.get(id)
    found[externalId] = { outcome, mask: mask === undefined ? undefined : unpack(mask) }
  }
  return found
}

/** The same of the tool. */
function truth(labels: readonly Label[]) {
  return Object.fromEntries(
    labels.map(({ externalId, outcome, mask }) => [externalId, { outcome, mask }]),
  )
}

/** All tasks of both sides, for comparison. */
export async function bothSides({ store, tool }: Rig, project: string) {
  const { items } = await store.tasks(project, { limit: 1000 })
  const sidecar: Record<string, unknown> = {}
  for (const { taskKey, state } of items) {
    if (state !== 'gone') sidecar[taskKey] = await present(store, project, taskKey)
  }
  const own = Object.fromEntries(tool.keys().map((key) => [key, truth(tool.labelsOf(key))]))
  return { sidecar, tool: own }
}

/** Looks again and again; throws after 4 s. */
export async function until(isSo: () => Promise<boolean> | boolean) {
  const end = performance.now() + 4000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('it was not so after 4 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
