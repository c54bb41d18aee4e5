import { describe, expect, it } from '@jest/globals'
import type { Shape } from '@suggestive/plugin-cvat/client/wire'
import { digestOfShape } from '@suggestive/plugin-cvat/codec/digest'
import { isUntouched, prelabelUse } from '@suggestive/plugin-cvat/codec/provenance'
import { readShape } from '../support/cvat-codec.ts'

const gland = readShape({ id: 21, source: 'auto', points: [0, 4, 1, 1, 2, 2] })
const other = readShape({ id: 22, source: 'auto', label_id: 12, points: [0, 4, 5, 5, 6, 6] })
const drawn = readShape({ id: 30, points: [0, 1, 3, 3, 3, 3] })
const ours = [gland, other].map((shape) => ({ id: shape.id, digest: digestOfShape(shape) }))

describe('the use of a pre-label', () => {
  it.each<readonly [string, string, readonly Shape[]]>([
    ['accepted', 'all is as it was', [gland, other]],
    [
      'accepted',
      'the server has renumbered it',
      [
        { ...gland, id: 41 },
        { ...other, id: 42 },
      ],
    ],
    ['edited', 'one was deleted', [gland]],
    [
      'edited',
      'one was changed',
      [{ ...gland, points: [0, 2, 1, 1, 2, 1], source: 'semi-auto' }, other],
    ],
    [
      'edited',
      'one was changed by a client that keeps the source',
      [{ ...gland, points: [0, 2, 1, 1, 2, 1] }, other],
    ],
    [
      'edited',
      'one was changed and all were renumbered',
      [{ ...gland, id: 50, source: 'semi-auto', points: [0, 2, 1, 1, 2, 1] }],
    ],
    ['edited', 'another was drawn', [gland, other, drawn]],
    [
      'edited',
      'the label of one was changed',
      [{ ...gland, label_id: 12, source: 'semi-auto' }, other],
    ],
    ['edited', 'all was deleted and nothing drawn', []],
    ['ignored', 'all was deleted and drawn anew', [drawn]],
  ])('is %s when %s', (use, _, now) => {
    expect(prelabelUse(ours, now)).toBe(use)
  })

  it('is unknown where there was none', () => {
    expect(prelabelUse([], [drawn])).toBeUndefined()
  })

  it('is known where the answer with the ids was lost', () => {
    const unnumbered = ours.map(({ digest }) => ({ digest }))
    expect(prelabelUse(unnumbered, [gland, other])).toBe('accepted')
    expect(prelabelUse(unnumbered, [drawn])).toBe('ignored')
  })
})

describe('a shape of ours', () => {
  it('is untouched only with its content and its source', () => {
    expect(isUntouched(gland, ours)).toBe(true)
    expect(isUntouched({ ...gland, source: 'semi-auto' }, ours)).toBe(false)
    expect(isUntouched({ ...gland, points: [0, 2, 1, 1, 2, 1] }, ours)).toBe(false)
    expect(isUntouched(drawn, ours)).toBe(false)
  })
})
