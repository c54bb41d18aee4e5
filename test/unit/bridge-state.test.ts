import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { sectionOf } from '@suggestive/shared/bridge/state'
import { openStateFile } from '@suggestive/shared/bridge/state-file'
import { z } from 'zod'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

describe('the state file', () => {
  it('keeps what was changed, for this user only', () =>
    withFolder({}, async (folder) => {
      const path = join(folder, 'state.json')
      const state = await openStateFile(path)
      expect([state.read(), state.fault]).toEqual([{}, undefined])
      await state.change({ cursor: '7', eventId: 3 })
      await state.change({ eventId: 4 })
      expect((await openStateFile(path)).read()).toEqual({ cursor: '7', eventId: 4 })
      await state.change({ cursor: undefined })
      expect((await openStateFile(path)).read()).toEqual({ eventId: 4 })
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(readdirSync(folder)).toEqual(['state.json'])
    }))

  it('keeps the last of many changes that are made at once', () =>
    withFolder({}, async (folder) => {
      const path = join(folder, 'state.json')
      const state = await openStateFile(path)
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => state.change({ eventId: i, [`n${i}`]: i })),
      )
      const saved = (await openStateFile(path)).read()
      expect(saved.eventId).toBe(19)
      expect(Object.keys(saved)).toHaveLength(21)
    }))

  it.each(['', '{"cursor":"7"', '[]', '{"cursor":7}', '\u0000\u0000', 'null'])(
    'that holds %j is set aside with a sentence, and nothing of it is trusted',
    (content) =>
      withFolder({ 'state.json': content }, async (folder) => {
        const path = join(folder, 'state.json')
        const state = await openStateFile(path)
        expect(state.read()).toEqual({})
        expect(state.fault).toContain(`${path} was damaged and is now ${path}.damaged`)
        expect(state.fault).not.toContain('\n')
        expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(content)
        await state.change({ cursor: '1' })
        expect((await openStateFile(path)).fault).toBeUndefined()
      }),
  )

  it('says which file cannot be read or written', () =>
    withFolder({ 'there/x': '' }, async (folder) => {
      expect(
        await problemOf('storage-failed', () => openStateFile(join(folder, 'there'))),
      ).toContain('EISDIR')
      const state = await openStateFile(join(folder, 'missing', 'state.json'))
      const sentence = await problemOf('storage-failed', () => state.change({ cursor: '1' }))
      expect(sentence).toContain('ENOENT')
      // A change that failed is not remembered as made, and does not stop the next one.
      expect(state.read()).toEqual({})
    }))

  it('has room for what the plugin remembers', () =>
    withFolder({}, async (folder) => {
      const path = join(folder, 'state.json')
      const schema = z.strictObject({ sampling: z.string().optional() }).default({})
      const section = sectionOf(await openStateFile(path), 'before', schema)
      expect(await section.read()).toEqual({})
      await section.write({ sampling: 'Sequential sampling' })
      const again = sectionOf(await openStateFile(path), 'before', schema)
      expect(await again.read()).toEqual({ sampling: 'Sequential sampling' })
    }))
})
