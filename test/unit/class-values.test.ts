import { describe, expect, it } from '@jest/globals'
import {
  classValuesOf,
  toClassIndices,
  toMaskValues,
} from '@suggestive/sidecar/domain/class-values'
import { problemOf } from '../support/problems.ts'

describe('the classes of a set of masks', () => {
  it.each([
    [[0, 255], [0, 255], 0],
    [[0, 1], [0, 1], 0],
    [[3, 0, 1, 3], [0, 1, 3], 0],
    [[0], [0, 255], 1],
    [[255], [0, 255], 1],
    [[0, 1, 255], [0, 1, 255], 1],
  ])('seen %j are %j with %i warnings', (seen, classValues, warnings) => {
    const result = classValuesOf(seen, 'masks')
    expect(result.classValues).toEqual(classValues)
    expect(result.warnings).toHaveLength(warnings)
  })

  it('are at most 16 beside the background', async () => {
    const values = (most: number) => Array.from({ length: most + 1 }, (_, i) => i)
    expect(classValuesOf(values(16), 'masks').classValues).toHaveLength(17)
    const sentence = await problemOf('wrong-use', () => classValuesOf(values(17), 'masks'))
    expect(sentence).toMatch(
      /masks in masks hold 17 different values besides 0 \(1, 2, 3, 4, 5, \.\.\.\)/,
    )
  })

  it('translate values to indices and back, and report strangers', () => {
    const values = Uint8Array.of(0, 9, 4, 4)
    const result = toClassIndices(values, [0, 4, 9])
    expect(result).toEqual({ indices: Uint8Array.of(0, 2, 1, 1) })
    const mask = { width: 2, height: 2, data: Uint8Array.of(0, 2, 1, 1) }
    expect(toMaskValues(mask, [0, 4, 9])).toEqual(values)
    expect(toClassIndices(Uint8Array.of(0, 5), [0, 4])).toEqual({ unknown: 5 })
  })
})
