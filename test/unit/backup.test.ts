/** Backup and restore: complete, checked, and never over something that works. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { newProject } from '@suggestive/shared/protocol/project'
import { backupCommand } from '@suggestive/sidecar/cli/backup'
import { restoreCommand } from '@suggestive/sidecar/cli/restore'
import { openBlobs } from '@suggestive/sidecar/store/disk-blobs'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { saying } from '../support/command.ts'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

let folder: TestFolder
let data: string
let copy: string

beforeEach(() => {
  folder = openFolder()
  data = join(folder.path, 'data')
  copy = join(folder.path, 'copies', 'first')
  folder.write('data/suggest.json', '{}')
})
afterEach(() => folder.remove())

const within = <Result>(use: (store: Awaited<ReturnType<typeof openStore>>) => Promise<Result>) =>
  openStore(join(data, 'suggest.db')).then(async (store) => {
    try {
      return await use(store)
    } finally {
      await store.close()
    }
  })

const addProject = (id: string) =>
  within((store) =>
    store.createProject(
      newProject.parse({ id, name: id, tool: 'none', classes: [{ id: 1, name: 'x' }] }),
      0,
    ),
  )

const projectIds = () => within(async (store) => (await store.projects()).map(({ id }) => id))

const addBlob = async (kind: 'model' | 'map' | 'image', text: string) => {
  const { digest } = await (await openBlobs(join(data, 'blobs'))).put(kind, Buffer.from(text))
  return digest
}

const read = async (at: string, kind: 'model' | 'map' | 'image', digest: string) => {
  const bytes = await (await openBlobs(join(at, 'blobs'))).get(kind, digest)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString()
}

const backup = async (...words: string[]) => {
  const { said, context } = saying()
  await backupCommand([copy, '--data', data, ...words], context)
  return said
}
const restore = async (from = copy) => {
  const { said, context } = saying()
  await restoreCommand([from, '--data', data], context)
  return said
}

describe('suggest backup', () => {
  it('leaves out what the plugins keep, which holds secrets, and says so', async () => {
    await addProject('a')
    for (const name of ['cvat.json', 'label-studio.json']) folder.write(`data/${name}`, '{}')
    await backup()
    expect(readdirSync(copy).sort()).toEqual(['backup.json', 'blobs', 'suggest.db'])
    expect((await backup('--help')).printed).toMatch(/cvat\.json, label-studio\.json.*secrets/s)
  })

  it('copies database, models and maps, images only when asked', async () => {
    await addProject('a')
    const model = await addBlob('model', 'weights')
    const map = await addBlob('map', 'pixels')
    const image = await addBlob('image', 'photo')
    expect((await backup()).printed).toMatch(/holds the database of .* and 2 other files/)
    expect(await read(copy, 'model', model)).toBe('weights')
    expect(await read(copy, 'map', map)).toBe('pixels')
    expect(await read(copy, 'image', image)).toBeUndefined()
    copy = join(folder.path, 'second')
    await backup('--images')
    expect(await read(copy, 'image', image)).toBe('photo')
  })

  it('works while a store is open and has not written everything to its file', async () => {
    await addProject('a')
    await within(async (store) => {
      await store.createProject(
        newProject.parse({ id: 'b', name: 'b', tool: 'none', classes: [{ id: 1, name: 'x' }] }),
        0,
      )
      await backup()
    })
    rmSync(data, { recursive: true })
    await restore()
    expect(await projectIds()).toEqual(['a', 'b'])
  })

  it('names a damaged file and copies the others', async () => {
    await addProject('a')
    const good = await addBlob('map', 'good')
    const bad = await addBlob('map', 'bad')
    writeFileSync(join(data, 'blobs', 'map', bad.slice(0, 2), bad), 'other')
    const { events } = await backup()
    expect(events).toEqual([{ kind: 'warning', sentence: expect.stringContaining(bad) }])
    expect(await read(copy, 'map', good)).toBe('good')
  })

  it('does not overwrite, and needs a database', async () => {
    expect(await problemOf('not-found', () => backup())).toMatch(/^There is no database in /)
    await addProject('a')
    await backup()
    expect(await problemOf('wrong-use', () => backup())).toMatch(/is not empty: name a new folder/)
    const { context } = saying()
    expect(await problemOf('wrong-use', () => backupCommand(['--data', data], context))).toMatch(
      /^FOLDER is missing/,
    )
  })
})

describe('suggest restore', () => {
  it('brings back what was there, and keeps what it replaces as a backup', async () => {
    await addProject('a')
    const old = await addBlob('model', 'old weights')
    await backup()
    await addProject('b')
    const fresh = await addBlob('model', 'new weights')
    expect((await restore()).printed).toMatch(/What was there is kept in .*replaced-1\./)
    expect(await projectIds()).toEqual(['a'])
    expect(await read(data, 'model', old)).toBe('old weights')
    expect(readFileSync(join(data, 'suggest.json'), 'utf8')).toBe('{}')
    await restore(join(data, 'replaced-1'))
    expect(await projectIds()).toEqual(['a', 'b'])
    expect(await read(data, 'model', fresh)).toBe('new weights')
    expect(readdirSync(data).filter((name) => name.startsWith('replaced'))).toEqual([
      'replaced-1',
      'replaced-2',
    ])
  })

  it('resets whoever listened before, however often the same backup is restored', async () => {
    await addProject('a')
    const raise = (key: string) =>
      within((store) =>
        store.raiseProblem({ key, project: 'a', sentence: 'It is wrong.', remedy: 'Look.' }, 0),
      )
    const seen: number[] = []
    const note = () => within(async (store) => void seen.push((await store.eventRange()).newest))
    await raise('before')
    await backup()
    await raise('later')
    await note()
    for (const key of ['first', 'second']) {
      await restore()
      await within(async (store) => expect(await store.events(0, undefined, 9)).toEqual([]))
      await raise(key)
      await note()
    }
    const [live = 0, first = 0, second = 0] = seen
    expect([first - live > 1000, second - first > 1000]).toEqual([true, true])
    await within(async (store) => {
      const { oldest } = await store.eventRange()
      expect(oldest - 1).toBeGreaterThan(first)
    })
  })

  it('asks again for images that are not here', async () => {
    const image = await addBlob('image', 'photo')
    const gone = '0'.repeat(64)
    await within(async (store) => {
      await store.noteImage({ digest: image, bytes: 5, width: 9, height: 9 }, 0)
      await store.noteImage({ digest: gone, bytes: 5, width: 9, height: 9 }, 0)
    })
    await backup()
    await restore()
    const known = await within((store) => store.images([image, gone]))
    expect(known.map(({ digest }) => digest)).toEqual([image])
  })

  it('is refused while a store is open, and changes nothing', async () => {
    await addProject('a')
    await backup()
    await addProject('b')
    await within(async () => {
      await problemOf('conflict', () => restore())
    })
    expect(await projectIds()).toEqual(['a', 'b'])
  })

  it('refuses a backup that is not complete or damaged, and changes nothing', async () => {
    await addProject('a')
    const map = await addBlob('map', 'pixels')
    await backup()
    await addProject('b')
    writeFileSync(join(copy, 'blobs', 'map', map.slice(0, 2), map), 'other')
    rmSync(join(data, 'blobs', 'map'), { recursive: true })
    expect(await problemOf('corrupt-blob', () => restore())).toMatch(/nothing was changed\.$/)
    rmSync(join(copy, 'backup.json'))
    expect(await problemOf('not-found', () => restore())).toMatch(/is no complete backup/)
    expect(await problemOf('not-found', () => restore(join(folder.path, 'none')))).toMatch(
      /none is no/,
    )
    expect(await projectIds()).toEqual(['a', 'b'])
    expect(existsSync(join(data, 'replaced-1'))).toBe(false)
  })

  it('replaces a database that is damaged, and keeps its file', async () => {
    await addProject('a')
    await backup()
    writeFileSync(join(data, 'suggest.db'), 'this is no database at all '.repeat(200))
    const { printed } = await restore()
    expect(printed).toMatch(/is kept in .*suggest\.db\.replaced-1/)
    expect(await projectIds()).toEqual(['a'])
  })
})
