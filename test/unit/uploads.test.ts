import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { openUploads } from '@suggestive/sidecar/http/uploads'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

let folder: TestFolder
beforeEach(() => {
  folder = openFolder()
})
afterEach(() => folder.remove())

const excess = () => new Problem('too-large', 'It is too large: send less.')
async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

it('parts are put behind each other, and survive a restart', async () => {
  const first = await openUploads(folder.path, { now: Date.now })
  expect(await first.append('a', 0, pieces('ab', 'c'), 10, excess)).toBe(3)
  const second = await openUploads(folder.path, { now: Date.now })
  expect(await second.offset('a')).toBe(3)
  expect(await second.append('a', 3, pieces('d'), 10, excess)).toBe(4)
  expect(String(await second.read('a'))).toBe('abcd')
  await second.remove('a')
  expect(await second.offset('a')).toBe(0)
})

it('what came before the source broke off stays', async () => {
  const uploads = await openUploads(folder.path, { now: Date.now })
  async function* breaking() {
    yield Buffer.from('abc')
    throw new Error('gone')
  }
  await expect(uploads.append('a', 0, breaking(), 10, excess)).rejects.toThrow('gone')
  expect(await uploads.offset('a')).toBe(3)
})

it('one writer at a time, at the right place, within the limit', async () => {
  const uploads = await openUploads(folder.path, { now: Date.now })
  const writing = uploads.append('a', 0, pieces('abc'), 10, excess)
  await problemOf('conflict', () => uploads.append('a', 0, pieces('x'), 10, excess))
  await writing
  expect(
    await problemOf('conflict', () => uploads.append('a', 5, pieces('x'), 10, excess)),
  ).toContain('3 bytes')
  await problemOf('too-large', () => uploads.append('a', 3, pieces('1234567890'), 10, excess))
  expect(await uploads.offset('a')).toBe(0)
})

it('work on one image is done one after another, and a failure stops nobody', async () => {
  const uploads = await openUploads(folder.path, { now: Date.now })
  const done: string[] = []
  const work = (name: string, wait: number) => async (hasWaited: boolean) => {
    await new Promise((resolve) => setTimeout(resolve, wait))
    done.push(`${name} ${hasWaited}`)
    if (name === 'first') throw new Error('it failed')
  }
  const first = uploads.alone('a', work('first', 30))
  const second = uploads.alone('a', work('second', 1))
  const other = uploads.alone('b', work('other', 1))
  expect([uploads.isBusy('a'), uploads.isBusy('c')]).toEqual([true, false])
  await expect(first).rejects.toThrow('it failed')
  await Promise.all([second, other])
  expect(done).toEqual(['other false', 'first false', 'second true'])
  await new Promise((resolve) => setImmediate(resolve))
  expect(uploads.isBusy('a')).toBe(false)
})

it('files of forms do not survive a restart, and old parts are swept while it runs', async () => {
  let now = Date.now()
  const uploads = await openUploads(folder.path, { now: () => now })
  await uploads.append('form-1-1', 0, pieces('abc'), 10, excess)
  await uploads.append('a', 0, pieces('abc'), 10, excess)
  await openUploads(folder.path, { now: () => now })
  expect([await uploads.offset('form-1-1'), await uploads.offset('a')]).toEqual([0, 3])
  now += 25 * 3_600_000
  await uploads.alone('a', () => uploads.sweep())
  expect(await uploads.offset('a')).toBe(3)
  await uploads.sweep()
  expect(await uploads.offset('a')).toBe(0)
})

it('nobody goes on with a part after a day', async () => {
  const uploads = await openUploads(folder.path, { now: Date.now })
  await uploads.append('a', 0, pieces('abc'), 10, excess)
  const soon = await openUploads(folder.path, { now: () => Date.now() + 23 * 3_600_000 })
  expect(await soon.offset('a')).toBe(3)
  const late = await openUploads(folder.path, { now: () => Date.now() + 25 * 3_600_000 })
  expect(await late.offset('a')).toBe(0)
})
