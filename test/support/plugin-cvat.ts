/** The plugin for CVAT between a fake CVAT and a real sidecar, each on a port of its own. */
import { join } from 'node:path'
import type { PluginOptions } from '@suggestive/plugin-cvat/options'
import { openPlugin } from '@suggestive/plugin-cvat/plugin'
import { encodePng } from '../bench/png.ts'
import { type FakeCvatOptions, openFakeCvat } from '../fakes/cvat.ts'
import { height, openSidecarRig, width } from './plugin-rig.ts'

export type CvatRig = Awaited<ReturnType<typeof openCvatRig>>

export interface CvatRigOptions {
  /** Images. */
  readonly images?: number
  /** Of one job. */
  readonly segmentSize?: number
  /** Whether the sidecar has no tokens; it has by default. */
  readonly isOpen?: boolean
  readonly plugin?: Partial<PluginOptions>
  readonly fake?: FakeCvatOptions
}

/** A grey one, different for each index. */
export const pictureOf = (index: number) =>
  encodePng(width, height, 1, new Uint8Array(width * height).fill(index))

export async function openCvatRig(options: CvatRigOptions = {}) {
  const { images = 4, segmentSize = 1, isOpen = false } = options
  const rig = await openSidecarRig(isOpen, () => plugin.address)
  const { folder, store, http, log } = rig
  const fake = await openFakeCvat(options.fake)
  const [anna, bert] = [fake.addUser('anna'), fake.addUser('bert')]
  const project = fake.addProject('glands')
  const pictures = Array.from({ length: images }, (_, index) => ({
    name: `s${index}.png`,
    bytes: pictureOf(index),
  }))
  const task = images === 0 ? undefined : fake.addTask(project, pictures, { segmentSize })
  const taskKeys = pictures.map((_, frame) => `${task?.id}-${frame}`)
  const file = join(folder.path, 'cvat.json')
  const { personalToken: token } = fake.admin
  const given: PluginOptions = {
    ...rig.options,
    file,
    linkAddress: undefined,
    nuclio: undefined,
    ...options.plugin,
  }
  const open = () =>
    openPlugin(given, {
      log,
      version: '0.1.0',
      pause: async () => {},
      attempts: 1,
      timeoutMs: 3000,
      hintMs: 5,
      probeMs: 300,
    })
  let plugin = await open()

  return {
    ...rig,
    file,
    fake,
    project: project.id,
    fakeProject: project,
    anna,
    bert,
    taskKeys,
    address: () => plugin.address,
    nuclio: () => plugin.nuclio ?? '',
    token,
    connect(more: object = {}) {
      const annotators = [anna.username, bert.username]
      const wish = { address: fake.address, token, project: project.id, annotators, ...more }
      return this.api('connect', wish)
    },
    async status() {
      return (await this.api('status')).body
    },
    /** Connects and waits for tasks, images and labels. */
    async connected(more: object = {}) {
      const done = await this.connect(more)
      if (done.body.isConnected !== true) throw new Error(done.text)
      const now = async () => (await this.status()).projects[0]
      await this.until('the first poll', async () => (await now())?.phase === 'running')
      const [{ id = '' } = {}] = await store.projects()
      await store.wantImages(id, taskKeys, http.now)
      const isHere = async () => (await store.project(id))?.counts.images === images
      await this.until('all images', isHere)
      return done.body
    },
    publish(taskKey: string) {
      return rig.publish(taskKeys, taskKey)
    },
    async restart() {
      await plugin.close()
      plugin = await open()
    },
    async close() {
      await plugin.close()
      await rig.close()
      await fake.close()
    },
  }
}

/** Checks by their names; several of one name one after the other. */
export function findings(body: {
  readonly checks: readonly { name: string; state: string; finding: string }[]
}): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { name, state, finding } of body.checks) {
    const before = found[name] === undefined ? '' : `${found[name]} / `
    found[name] = `${before}${state}: ${finding}`
  }
  return found
}
