import { encodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-encode'
import { nextFor } from '../fakes/label-studio/next.ts'
import { openBench } from '../support/label-studio.ts'
import { toolContract } from './tool.ts'

const [width, height] = [8, 4]

toolContract('Label Studio', async () => {
  const bench = await openBench(0)
  const { fake, project } = bench
  const { state } = fake
  const { id: user } = fake.addUser('anna@example.com')
  let images = 0
  let pixels = 5
  const drawn = (count: number) => [
    {
      id: 'r1',
      from_name: 'tag',
      to_name: 'image',
      type: 'brushlabels',
      origin: 'manual',
      original_width: width,
      original_height: height,
      image_rotation: 0,
      value: {
        format: 'rle',
        rle: [...encodeBrush([0, count, width * height - count])],
        brushlabels: ['Gland'],
      },
    },
  ]
  const oracle = {
    async addTask() {
      const image = `/data/upload/1/0123abcd-image-${++images}.png`
      state.files.set(image, Uint8Array.of(137, 80, 78, 71, images))
      return String(state.addTask(project, { image }).id)
    },
    async removeTask(key: string) {
      state.tasks.delete(Number(key))
    },
    async loseImage(key: string) {
      state.files.delete(String(state.tasks.get(Number(key))?.data['image']))
    },
    async lock(key: string) {
      fake.draft(user, Number(key))
    },
    async annotate(key: string, outcome: 'labelled' | 'empty' | 'skipped') {
      const task = Number(key)
      const result = outcome === 'labelled' ? drawn(pixels) : []
      const made = await fake.submit(user, task, { result, wasCancelled: outcome === 'skipped' })
      return String(made.id)
    },
    async edit(_: string, id: string) {
      await fake.change(Number(id), { result: drawn(++pixels) })
    },
    async deleteAnnotation(_: string, id: string) {
      await fake.remove(Number(id))
    },
    async meddle() {
      const own = state.projects.get(project)
      if (own !== undefined) own.sampling = 'Uniform sampling'
    },
    /** What somebody new would get, one after the other; nothing stays reserved. */
    async served() {
      const somebody = fake.addUser(`user-${state.users.length}@example.com`).id
      const keys: string[] = []
      const reserved = []
      for (;;) {
        const task = nextFor(state, project, somebody)?.task
        if (task === undefined) break
        keys.push(String(task.id))
        reserved.push(task)
        task.lockedBy = -1
      }
      for (const task of reserved) task.lockedBy = undefined
      return keys
    },
    async settings() {
      const { sampling, modelVersion, showPredictions } = state.projects.get(project) ?? {}
      return { sampling, modelVersion, showPredictions, hooks: [...state.hooks.values()] }
    },
  }
  return { tool: bench.tool(), oracle, close: () => bench.close() }
})
