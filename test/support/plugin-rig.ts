/** What the rigs of both plugins have in common: a real sidecar, and requests to a plugin as a page and the form make them. */
import { pack } from '@suggestive/sidecar/domain/packed-mask'
import { encodeMap, encodeMask } from '@suggestive/sidecar/images'
import { createSilentLog } from '../fakes/silent-log.ts'
import { openFolder } from './folders.ts'
import { openHttp, tokenOf, tokens } from './http.ts'
import { newLabel, newMask } from './http-data.ts'
import { openMemoryStore } from './memory-store.ts'
import { listen } from './sockets.ts'

/** Of every image here. */
export const [width, height] = [8, 4]
/** The object of every map: three pixels of 0.75 in the second row; 0.25 elsewhere. */
export const objectRuns = [9, 3, 20]

/**
 * @param isOpen whether the sidecar has no tokens
 * @param pluginAddress where the plugin listens
 */
export async function openSidecarRig(isOpen: boolean, pluginAddress: () => string) {
  const folder = openFolder()
  const store = await openMemoryStore()
  const http = await openHttp({ access: { tokens: isOpen ? [] : tokens }, deps: { store } })
  const sidecar = await listen(http)
  const log = createSilentLog()

  return {
    folder,
    store,
    http,
    log,
    /** What a plugin is started with beside its own. */
    options: {
      host: '127.0.0.1',
      port: 0,
      sidecar: `http://127.0.0.1:${sidecar.port}`,
      serviceToken: isOpen ? undefined : tokenOf('service'),
      page: 'http://page.test/',
      publicAddress: undefined,
      pollSeconds: 3600,
    },
    /** Any request to the plugin; an object is sent as JSON. */
    async send(path: string, body?: unknown, headers: Record<string, string> = {}) {
      const reply = await fetch(pluginAddress() + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await reply.text()
      return { status: reply.status, text, headers: reply.headers, json: () => JSON.parse(text) }
    },
    /** As the form and the command line do. */
    async api(path: string, body?: object) {
      const headers = { Authorization: `Bearer ${tokenOf('owner')}` }
      const reply = await this.send(`/api/${path}`, body, headers)
      return { status: reply.status, text: reply.text, body: reply.json() }
    },
    /** Waits until something is so. */
    async until(what: string, isSo: () => boolean | Promise<boolean>) {
      for (let i = 0; i < 250; i++) {
        if (await isSo()) return
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`${what}: it did not happen; the log: ${JSON.stringify(log).slice(0, 2000)}`)
    },
    /** A finished round with a map of one task, published. */
    async publish(taskKeys: readonly string[], taskKey: string) {
      const [{ id = '' } = {}] = await store.projects()
      const { blobs } = http.deps
      const now = http.now
      const others = taskKeys.filter((key) => key !== taskKey)
      const labels = others.slice(0, 2).map((key) => newLabel(key, { mask: newMask(5) }))
      const path = `/v1/projects/${id}/annotations`
      await http.send({ method: 'post', path, role: 'owner', body: { labels } })
      const reason = { reason: 'first', members: 4, seed: 1 } as const
      const { number } = await store.startRound(id, reason, now)
      const model = await blobs.put('model', Buffer.from(`model of ${taskKey}`))
      const { digest: modelDigest, bytes } = model
      const state = { state: 'publishing', model: { digest: modelDigest, bytes } } as const
      await store.progressRound(id, number, state, now)
      const imageDigest = (await store.task(id, taskKey))?.imageDigest ?? ''
      const put = async (content: Uint8Array) => (await blobs.put('map', content)).digest
      const object = Uint16Array.from({ length: width * height }, (_, i) =>
        i >= 9 && i < 12 ? 49_151 : 16_384,
      )
      const map = {
        imageDigest,
        modelDigest,
        round: number,
        width,
        height,
        uncertainty: 0.2,
        foreground: 0.1,
        mask: await put(pack({ width, height, layers: [{ classId: 1, runs: objectRuns }] })),
        maskPng: await put(await encodeMask(width, height, new Uint8Array(width * height))),
        probability: [
          { classId: 1, blob: await put(await encodeMap(width, height, object)), score: 0.75 },
        ],
        variance: await put(await encodeMap(width, height, new Uint16Array(width * height))),
      }
      await store.stageMaps(id, number, [map])
      const draft = `round-${number}`
      const row = { rank: 1, taskKey, imageDigest, batch: 1, gain: 1, uncertainty: 0.2 }
      await store.stageQueue(id, draft, [{ ...row, represents: 1 }])
      const as = { origin: 'round' as const, round: number, modelDigest, published: 1 }
      await store.publish(id, draft, as, now)
      return { id, modelDigest }
    },
    stopSidecar: () => sidecar.close(),
    async close() {
      await sidecar.close()
      await http.close()
      await store.close()
      folder.remove()
    },
  }
}
