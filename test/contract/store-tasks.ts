/** Projects, tasks and images of a Store. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import { imageProblemKey } from '@suggestive/sidecar/domain/image-problem'
import { pack } from '@suggestive/sidecar/domain/packed-mask'
import type { Store } from '@suggestive/sidecar/ports/store'
import { problemOf } from '../support/problems.ts'
import {
  countsOf,
  imageOf,
  labelOf,
  newProject,
  type StoreBench,
  settings,
  taskOf,
} from '../support/store.ts'

const maskOfClass = (classId: number) =>
  pack({ width: 4, height: 4, layers: [{ classId, runs: [0, 16] }] })

export function taskTests(bench: StoreBench) {
  const { fresh } = bench
  let store: Store
  const raiseOf = (project: string, kind: 'broken-image' | 'wrong-size', image: string) =>
    store.raiseProblem(
      { key: imageProblemKey(kind, image), project, sentence: 'It is wrong.', remedy: 'Look.' },
      2,
    )
  const keysOf = async (project: string) =>
    (await store.problems(project)).filter((one) => one.project === project).map(({ key }) => key)
  beforeAll(() => {
    store = bench.store()
  })

  describe('projects', () => {
    it('are created once; the same again changes nothing, other content is a conflict', async () => {
      const { id } = await fresh()
      const before = await store.project(id)
      await store.createProject(newProject(id), 99)
      expect(await store.project(id)).toEqual(before)
      const sentence = await problemOf('conflict', () =>
        store.createProject(newProject(id, { name: 'Cells' }), 2),
      )
      expect(sentence).toContain(id)
      expect((await store.projects()).map((one) => one.id)).toContain(id)
      expect(await store.project('unknown')).toBeUndefined()
    })

    it('change field by field, and each change makes another version', async () => {
      const { id } = await fresh()
      await store.changeProject(id, { paused: true, settings: { k: 4 } }, 2)
      expect(await store.project(id)).toMatchObject({
        paused: true,
        name: 'Nuclei',
        version: 2,
        settings: { ...settings, k: 4 },
      })
      await problemOf('wrong-use', () => store.changeProject(id, { settings: { k: 17 } }, 3))
      await problemOf('not-found', () => store.changeProject('unknown', { paused: true }, 3))
      expect((await store.project(id))?.version).toBe(2)
    })

    it('keep the classes that labels use', async () => {
      const { id, key } = await fresh(1)
      await store.putLabels(id, [labelOf(key(0))], false, 2)
      await store.changeProject(id, { classes: [{ id: 1, name: 'cell' }] }, 3)
      const late = { ...labelOf(key(0), { version: 2 }), mask: maskOfClass(9) }
      await problemOf('conflict', () => store.putLabels(id, [late], false, 3))
      const other = { classes: [{ id: 2, name: 'debris' }] }
      expect(await problemOf('conflict', () => store.changeProject(id, other, 4))).toContain('1')
    })
  })

  describe('tasks', () => {
    it('are added, replaced by key, or left alone', async () => {
      const { id, key } = await fresh(2)
      const done = await store.putTasks(
        id,
        [taskOf(key(0)), taskOf(key(1), { state: 'in-progress' }), taskOf('new')],
        2,
      )
      expect(done).toEqual({ added: 1, changed: 1, unchanged: 1 })
      expect(await countsOf(store, id)).toMatchObject({ tasks: 3, images: 3, inProgress: 1 })
      await problemOf('not-found', () => store.putTasks('unknown', [taskOf('1')], 2))
    })

    it('keep the digest and the size that are known when they come without', async () => {
      const { id, key } = await fresh(1)
      await store.putTasks(id, [taskOf('sized', { width: 7, height: 5 })], 2)
      const plain = { name: 'other', state: 'open' } as const
      await store.putTasks(
        id,
        [
          { taskKey: key(0), ...plain },
          { taskKey: 'sized', ...plain },
        ],
        3,
      )
      const known = { name: 'other', imageDigest: imageOf(key(0)), width: 4 }
      expect(await store.task(id, key(0))).toMatchObject(known)
      expect(await store.task(id, 'sized')).toMatchObject({ width: 7, height: 5, url: null })
    })

    it('come page by page in the order of their arrival', async () => {
      const { id, keys } = await fresh(5)
      const first = await store.tasks(id, { limit: 3 })
      const second = await store.tasks(id, { limit: 3, after: first.next ?? '' })
      const got = [...first.items, ...second.items].map((task) => task.taskKey)
      expect(got).toEqual(keys)
      expect(second.next).toBeNull()
      await problemOf('wrong-use', () => store.tasks(id, { limit: 3, after: 'x' }))
    })

    it('have the size of their image, or none', async () => {
      const { id, key } = await fresh(1)
      await store.putTasks(id, [taskOf('sized', { width: 7, height: 5 })], 2)
      await store.putTasks(id, [{ taskKey: 'unsized', name: 'x', state: 'open' }], 2)
      const sizes = await store.taskSizes(id, [key(0), 'sized', 'unsized', 'unknown'])
      expect(sizes).toEqual(
        new Map([
          [key(0), { width: 4, height: 4 }],
          ['sized', { width: 7, height: 5 }],
          ['unsized', null],
        ]),
      )
    })

    it('wait for their image until its bytes are stored', async () => {
      const { id, key } = await fresh(2)
      const tasks = [
        { ...taskOf('unknown-digest'), imageDigest: undefined },
        taskOf('absent'),
        taskOf('gone', { state: 'gone' }),
      ]
      await store.putTasks(
        id,
        tasks.map(({ imageDigest, ...task }) => ({
          ...task,
          ...(imageDigest && { imageDigest }),
        })),
        2,
      )
      await store.forgetImage(imageOf(key(1)))
      // One that was here once is asked for by who needs it.
      expect(await store.tasksWithoutImage(id, 10)).toEqual(['unknown-digest', 'absent'])
      expect(await store.tasksWithoutImage(id, 1)).toEqual(['unknown-digest'])
      await store.putLabels(id, [labelOf('absent')], false, 2)
      expect(await store.tasksWithoutImage(id, 10)).toEqual(['absent', 'unknown-digest'])
      await store.markBroken(imageOf('absent'), 'It is not an image.', 3)
      expect(await store.tasksWithoutImage(id, 10)).not.toContain('absent')
      expect((await store.task(id, 'absent'))?.broken).toBe('It is not an image.')
    })

    it('of broken images are tried again when the bytes come again', async () => {
      const { id, key } = await fresh(1)
      const image = imageOf(key(0))
      await store.putLabels(id, [labelOf(key(0))], false, 2)
      await raiseOf(id, 'broken-image', image)
      await store.markBroken(image, 'It is not an image.', 3)
      const before = await store.roundInputs(id)
      await store.noteImage({ digest: image, bytes: 100, width: 4, height: 4 }, 4)
      expect((await store.task(id, key(0)))?.broken).toBeNull()
      expect(await keysOf(id)).toEqual([])
      expect((await store.roundInputs(id)).labelled).toBe(before.labelled + 1)
    })

    it('lose the problems of their image when it is replaced or gone, and of its size with a new label', async () => {
      const { id, key } = await fresh(3)
      for (const i of [0, 1, 2]) {
        for (const kind of ['broken-image', 'wrong-size'] as const) {
          await raiseOf(id, kind, imageOf(key(i)))
        }
      }
      await store.putTasks(id, [taskOf(key(0), { state: 'gone' })], 3)
      await store.putTasks(id, [taskOf(key(1), { imageDigest: imageOf('another') })], 3)
      await store.putTasks(id, [taskOf(key(2), { name: 'renamed' })], 3)
      const own = (kind: 'broken-image' | 'wrong-size') => imageProblemKey(kind, imageOf(key(2)))
      expect((await keysOf(id)).toSorted()).toEqual([own('broken-image'), own('wrong-size')])
      await store.putLabels(id, [labelOf(key(2))], false, 4)
      expect(await keysOf(id)).toEqual([own('broken-image')])
    })

    it('without a known image are listed by key, as long as they are open and unlabelled', async () => {
      const { id } = await fresh(1)
      const bare = (taskKey: string, state: 'open' | 'in-progress' = 'open') => ({
        taskKey,
        name: 'x',
        state,
      })
      await store.putTasks(id, [bare('c'), bare('a'), bare('b'), bare('d', 'in-progress')], 2)
      await store.putLabels(id, [labelOf('b')], false, 3)
      expect(await store.tasksOfUnknownImage(id, '', 10)).toEqual(['a', 'c'])
      expect(await store.tasksOfUnknownImage(id, 'a', 10)).toEqual(['c'])
      expect(await store.tasksOfUnknownImage(id, '', 1)).toEqual(['a'])
    })

    it('that are gone count nowhere, until they come back', async () => {
      const { id, key } = await fresh(2)
      await store.putLabels(id, [labelOf(key(0))], false, 2)
      await store.putTasks(id, [taskOf(key(0), { state: 'gone' })], 3)
      expect(await countsOf(store, id)).toMatchObject({ tasks: 1, labelled: 0 })
      expect(await store.roundInputs(id)).toMatchObject({ labelled: 0 })
      await store.putTasks(id, [taskOf(key(0))], 4)
      expect(await countsOf(store, id)).toMatchObject({ tasks: 2, labelled: 1 })
    })
  })

  describe('images', () => {
    it('are of the projects that have tasks of them', async () => {
      const [one, two] = [await fresh(2), await fresh(1)]
      const digests = [one.key(0), one.key(1), two.key(0), 'of nobody'].map(imageOf)
      expect(await store.projectsWith(digests)).toEqual([one.id, two.id].sort())
      expect(await store.projectsWith(digests.slice(0, 2))).toEqual([one.id])
      await store.putTasks(two.id, [taskOf(two.key(0), { state: 'gone' })], 2)
      expect(await store.projectsWith(digests.slice(2))).toEqual([])
    })

    it('are known while their bytes are here, least recently used first', async () => {
      const before = await store.imageUse()
      const { key } = await fresh(3)
      const digests = [0, 1, 2].map((i) => imageOf(key(i)))
      await store.touchImages(digests, -5)
      await store.touchImages(digests.slice(0, 1), -3)
      const oldest = await store.leastUsedImages(3)
      expect(oldest.map((image) => image.digest)).toEqual([digests[1], digests[2], digests[0]])
      await store.forgetImage(imageOf(key(0)))
      const left = (await store.images(digests)).map((image) => image.digest)
      expect(left).toEqual(digests.slice(1))
      const { count: now, bytes } = await store.imageUse()
      expect([now - before.count, bytes - before.bytes]).toEqual([2, 200])
    })
  })
}
