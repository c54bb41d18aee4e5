import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { openBlobs } from '@suggestive/sidecar/store/disk-blobs'
import { openFolder, withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'
import { blobsContract } from './blobs.ts'

const folder = openFolder()
afterAll(() => folder.remove())

blobsContract('a folder', () => openBlobs(join(folder.path, 'blobs')))

const bytes = new Uint8Array(Buffer.from('content'))

describe('a folder of blobs', () => {
  it('is the same after it was opened again', () =>
    withFolder({}, async (path) => {
      const { digest } = await (await openBlobs(path)).put('image', bytes)
      const again = await openBlobs(path)
      expect(Buffer.from((await again.get('image', digest)) ?? []).toString()).toBe('content')
    }))

  it('finds damage, names the file, and is healed by the same bytes', () =>
    withFolder({}, async (path) => {
      const blobs = await openBlobs(path)
      const { digest } = await blobs.put('image', bytes)
      const file = join(path, 'image', digest.slice(0, 2), digest)
      writeFileSync(file, 'c0ntent')
      expect(await problemOf('corrupt-blob', () => blobs.get('image', digest))).toContain(file)
      await blobs.put('image', bytes)
      expect(Buffer.from((await blobs.get('image', digest)) ?? []).toString()).toBe('content')
    }))

  it('shows nothing of what is being written, and its owner removes leftovers', () =>
    withFolder({ 'unfinished/999999999-0-1': 'half' }, async (path) => {
      // Of an earlier process that had the id of this one.
      const sameId = join(path, 'unfinished', `${process.pid}-0-1`)
      writeFileSync(sameId, 'half')
      utimesSync(sameId, 1, 1)
      const writing = `${process.ppid}-0-1`
      writeFileSync(join(path, 'unfinished', writing), 'half')
      // A process of another container cannot tell who lives.
      await openBlobs(path)
      expect(readdirSync(join(path, 'unfinished'))).toHaveLength(3)
      const blobs = await openBlobs(path, { isOurs: true })
      expect(readdirSync(join(path, 'unfinished'))).toEqual([writing])
      rmSync(join(path, 'unfinished', writing))
      let seen: string[] = []
      async function* slowly() {
        yield bytes
        for await (const { digest } of blobs.list('image')) seen = [...seen, digest]
        expect(readdirSync(join(path, 'unfinished'))).toHaveLength(1)
      }
      await blobs.put('image', slowly())
      expect(seen).toEqual([])
      expect(readdirSync(join(path, 'unfinished'))).toEqual([])
    }))

  it('ignores files of other names', () =>
    withFolder({ 'image/ab/.DS_Store': 'x', 'image/notes.txt': 'y' }, async (path) => {
      const blobs = await openBlobs(path)
      const found: unknown[] = []
      for await (const facts of blobs.list('image')) found.push(facts)
      expect(found).toEqual([])
    }))

  it('says why it cannot write', () =>
    withFolder({}, async (path) => {
      const blobs = await openBlobs(path)
      // A file where a folder has to be: fails for every user, the superuser included.
      writeFileSync(join(path, 'image'), '')
      const sentence = await problemOf('storage-failed', () => blobs.put('image', bytes))
      expect(sentence).toContain(path)
      expect(readdirSync(join(path, 'unfinished'))).toEqual([])
      await problemOf('storage-failed', () => openBlobs(join(path, 'image', 'inside')))
    }))

  it('knows the space on its disk', () =>
    withFolder({}, async (path) => {
      const space = await (await openBlobs(path)).space()
      expect(space?.free).toBeGreaterThan(0)
      expect(space?.total).toBeGreaterThanOrEqual(space?.free ?? Number.POSITIVE_INFINITY)
    }))
})
