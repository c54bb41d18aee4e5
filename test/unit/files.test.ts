import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { storageProblem, writeAtomically } from '@suggestive/sidecar/store/files'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

describe('writing a file', () => {
  it('replaces the old content and leaves nothing beside it', async () => {
    await withFolder({ 'a.json': 'old and longer' }, async (folder) => {
      await writeAtomically(join(folder, 'a.json'), 'new')
      await writeAtomically(join(folder, 'b.bin'), Uint8Array.of(1, 2, 3))
      expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('new')
      expect([...readFileSync(join(folder, 'b.bin'))]).toEqual([1, 2, 3])
      expect(readdirSync(folder).sort()).toEqual(['a.json', 'b.bin'])
    })
  })

  it('ends with one of the contents when several write at once', async () => {
    await withFolder({}, async (folder) => {
      const contents = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(100_000))
      await Promise.all(contents.map((text) => writeAtomically(join(folder, 'a'), text)))
      expect(contents).toContain(readFileSync(join(folder, 'a'), 'utf8'))
      expect(readdirSync(folder)).toEqual(['a'])
    })
  })

  it('removes what it wrote beside when the last step fails', async () => {
    await withFolder({ 'a/keep': 'me' }, async (folder) => {
      const write = () => writeAtomically(join(folder, 'a'), 'text')
      expect(await problemOf('storage-failed', write)).toContain('there is a folder of that name')
      expect(readdirSync(folder)).toEqual(['a'])
      expect(readFileSync(join(folder, 'a', 'keep'), 'utf8')).toBe('me')
    })
  })

  it('says that a folder is missing', async () => {
    await withFolder({}, async (folder) => {
      mkdirSync(join(folder, 'a'))
      const path = join(folder, 'a', 'b', 'c.png')
      const sentence = await problemOf('storage-failed', () => writeAtomically(path, 'text'))
      expect(sentence).toBe(`Cannot write ${path}: its folder does not exist; create it first.`)
    })
  })

  it.each([
    ['ENOSPC', 'no space left on the disk; free some space'],
    ['EROFS', 'read-only; choose another folder'],
    ['EACCES', 'not allowed there'],
    ['EIO', 'the system says EIO'],
  ])('explains %s', (code, words) => {
    const problem = storageProblem('/out/x.png', Object.assign(new Error('system'), { code }))
    expect(problem.kind).toBe('storage-failed')
    expect(problem.message).toContain('Cannot write /out/x.png: ')
    expect(problem.message).toContain(words)
  })
})
