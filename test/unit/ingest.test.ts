import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { ingestImage } from '@suggestive/sidecar/app/ingest-image'
import { ingestLabels } from '@suggestive/sidecar/app/ingest-labels'
import { createImageRoom } from '@suggestive/sidecar/app/ingest-room'
import { ingestTasks } from '@suggestive/sidecar/app/ingest-tasks'
import { encodeMask, pictureSize } from '@suggestive/sidecar/images'
import { readLabels, readTasks } from '@suggestive/sidecar/intake/read'
import { openBlobs } from '@suggestive/sidecar/store/disk-blobs'
import { openStore, type SqliteStore } from '@suggestive/sidecar/store/sqlite-store'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { digestOf, newLabel, newMask, newProject, newTask } from '../support/http-data.ts'
import { sha256 } from '../support/png.ts'
import { problemOf } from '../support/problems.ts'

let folder: TestFolder
let store: SqliteStore
const clock = { now: () => 1000 }
const scope = { project: 'p', tool: 'none', classIds: [1] }

beforeEach(async () => {
  folder = openFolder()
  store = await openStore(join(folder.path, 'suggest.db'))
  await store.createProject(newProject('p'), 1)
})
afterEach(async () => {
  await store.close()
  folder.remove()
})

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
async function* inSlices<Item>(items: readonly Item[], length: number) {
  for (let at = 0; at < items.length; at += length) yield items.slice(at, at + length)
}
const tasksOf = (tasks: object[], length = 2) => inSlices(readTasks(bytesOf({ tasks })), length)
const labelsOf = (labels: object[], beforeConnection = false) => {
  const read = readLabels(bytesOf({ labels }), scope)
  return { beforeConnection, slices: inSlices(read.labels, 2) }
}
const known = async () => (await store.project('p'))?.counts

describe('tasks', () => {
  it('are added up over the slices, with each missing image once', async () => {
    await store.noteImage({ digest: digestOf(2), bytes: 1, width: 8, height: 4 }, 1)
    const shared = newTask('4', { imageDigest: digestOf(1) })
    const tasks = [newTask('1'), newTask('2'), newTask('3'), shared]
    const reply = await ingestTasks({ store, clock }, 'p', tasksOf(tasks))
    const missingImages = [digestOf(1), digestOf(3)]
    expect(reply).toEqual({ added: 4, changed: 0, unchanged: 0, missingImages })
    const again = await ingestTasks({ store, clock }, 'p', tasksOf([newTask('1', { name: 'x' })]))
    expect(again).toMatchObject({ added: 0, changed: 1 })
  })
})

describe('labels', () => {
  beforeEach(async () => {
    const tasks = [1, 2, 3].map((key) => newTask(String(key)))
    await ingestTasks(
      { store, clock },
      'p',
      tasksOf([...tasks, { taskKey: 'sizeless', name: 'x' }]),
    )
  })

  it('are compared with the project in all slices before the first is written', async () => {
    const labels = [newLabel('1'), newLabel('2'), newLabel('3'), newLabel('4')]
    const sentence = await problemOf('not-found', () =>
      ingestLabels({ store, clock }, 'p', labelsOf(labels)),
    )
    expect(sentence).toContain('no task 4')
    expect(await known()).toMatchObject({ labelled: 0 })
    await expect(ingestLabels({ store, clock }, 'p', labelsOf(labels))).rejects.toMatchObject({
      errors: [{ pointer: '/labels/3/taskKey' }],
    })
  })

  it('cost the pixels of their image, also when nothing was drawn', async () => {
    const empty = newLabel('2', { outcome: 'empty', mask: undefined })
    await ingestLabels({ store, clock }, 'p', labelsOf([newLabel('1'), empty]))
    expect(await store.budget('p')).toMatchObject({ images: 2, pixels: 2 * 8 * 4 })
  })

  it('of an image of unknown size bring their own', async () => {
    await ingestLabels({ store, clock }, 'p', labelsOf([newLabel('sizeless')]))
    expect(await store.budget('p')).toMatchObject({ pixels: 32 })
  })

  it('from before the connection stay uncounted', async () => {
    await ingestLabels({ store, clock }, 'p', labelsOf([newLabel('1')], true))
    expect(await store.budget('p')).toMatchObject({ images: 0, beforeConnection: 1 })
  })

  it('of another size than the bytes of their image are refused', async () => {
    await store.noteImage({ digest: digestOf(1), bytes: 1, width: 4, height: 8 }, 1)
    const sentence = await problemOf('wrong-use', () =>
      ingestLabels({ store, clock }, 'p', labelsOf([newLabel('1', { mask: newMask(2) })])),
    )
    expect(sentence).toContain('8 x 4')
    expect(sentence).toContain('4 x 8')
  })
})

describe('room for images', () => {
  const gigabyte = 2 ** 30
  const space = { free: 100 * gigabyte, total: 1000 * gigabyte }
  const shrunk: number[] = []
  async function open(imageBytes: number, disk: typeof space | null = space) {
    shrunk.length = 0
    const blobs = await openBlobs(join(folder.path, 'blobs'))
    const room = createImageRoom({
      store,
      blobs: { space: async () => disk ?? undefined },
      clock,
      imageBytes,
      shrink: async (most) => {
        shrunk.push(most)
        for (const { digest } of await store.leastUsedImages(1)) await store.forgetImage(digest)
      },
    })
    return { deps: { store, blobs, clock, pictureSize, room }, room }
  }
  const png = (value: number) => encodeMask(4, 2, new Uint8Array(8).fill(value))

  it('is made as soon as there are more bytes than the limit, counted on from what was there', async () => {
    const { length } = await png(1)
    await store.noteImage({ digest: digestOf(1), bytes: length, width: 4, height: 2 }, 1)
    const { deps } = await open(3 * length)
    await ingestImage(deps, await png(1), 'a.png')
    await ingestImage(deps, await png(2), 'b.png')
    expect(shrunk).toEqual([])
    await ingestImage(deps, await png(3), 'c.png')
    expect(shrunk).toEqual([3 * length])
    await ingestImage(deps, await png(4), 'd.png')
    expect(shrunk).toHaveLength(2)
  })

  it('is refused before the disk is 95 % full, and nothing is stored then', async () => {
    const { deps, room } = await open(1e12, { free: 50 * gigabyte + 1000, total: 1000 * gigabyte })
    await room.require(500)
    await ingestImage(deps, await png(1), 'a.png')
    await room.require(400)
    const sentence = await problemOf('storage-failed', async () =>
      ingestImage(deps, await png(2), 'b.png'),
    )
    expect(sentence).toContain('95 %')
    expect((await store.imageUse()).count).toBe(1)
    for await (const facts of deps.blobs.list('image'))
      expect(facts.digest).toBe(sha256(await png(1)))
  })

  it('is there where nothing is known of the disk', async () => {
    const { room } = await open(10, null)
    await expect(room.require(1e15)).resolves.toBeUndefined()
  })
})

describe('an image', () => {
  it('is stored by its content when it is one', async () => {
    const blobs = await openBlobs(join(folder.path, 'blobs'))
    const deps = { store, blobs, clock, pictureSize }
    const png = await encodeMask(
      700,
      500,
      new Uint8Array(350_000).map((_, i) => (i * i) >> 3),
    )
    const image = await ingestImage(deps, png, 'a.png')
    expect(image).toEqual({ digest: sha256(png), bytes: png.length, width: 700, height: 500 })
    expect(await store.images([image.digest])).toEqual([image])
    await problemOf('unreadable-input', () => ingestImage(deps, Buffer.from('x'), 'b.png'))
    await problemOf('digest-mismatch', () => ingestImage(deps, png, 'c.png', digestOf(5)))
    expect((await store.imageUse()).count).toBe(1)
  })
})
