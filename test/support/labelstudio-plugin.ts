/** The plugin for Label Studio between a fake Label Studio and a real sidecar, each on a port of its own. */
import { join } from 'node:path'
import type { PluginOptions } from '@suggestive/plugin-labelstudio/options'
import { openPlugin } from '@suggestive/plugin-labelstudio/plugin'
import { encodePng } from '../bench/png.ts'
import { FakeLabelStudio } from '../fakes/label-studio.ts'
import { height, openSidecarRig, width } from './plugin-rig.ts'

export type PluginRig = Awaited<ReturnType<typeof openPluginRig>>

export interface RigOptions {
  readonly tasks?: number
  readonly configuration?: string
  /** Whether the sidecar has no tokens; it has by default. */
  readonly isOpen?: boolean
  readonly plugin?: Partial<PluginOptions>
}

export async function openPluginRig(options: RigOptions = {}) {
  const { tasks = 4, configuration, isOpen = false } = options
  const rig = await openSidecarRig(isOpen, () => plugin.address)
  const { folder, store, http, log } = rig
  const tool = await FakeLabelStudio.open()
  const project = tool.addProject(tasks, configuration).id
  for (const [index, task] of tool.state.tasksOf(project).entries()) {
    const grey = new Uint8Array(width * height).fill(index)
    tool.state.files.set(String(task.data['image']), encodePng(width, height, 1, grey))
  }
  const file = join(folder.path, 'label-studio.json')
  const given: PluginOptions = { ...rig.options, file, basic: undefined, ...options.plugin }
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
    tool,
    project,
    address: () => plugin.address,
    token: tool.admin.refreshToken,
    taskKeys: tool.state.tasksOf(project).map(({ id }) => String(id)),
    connect(more: object = {}) {
      const { address, admin } = tool
      return this.api('connect', { address, token: admin.refreshToken, project, ...more })
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
      await store.wantImages(id, this.taskKeys, http.now)
      await this.until('all images', async () => (await store.project(id))?.counts.images === tasks)
      return done.body
    },
    publish(taskKey: string) {
      return rig.publish(this.taskKeys, taskKey)
    },
    async restart() {
      await plugin.close()
      plugin = await open()
    },
    async close() {
      await plugin.close()
      await rig.close()
      await tool.close()
    },
  }
}
