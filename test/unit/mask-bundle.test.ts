import { describe, expect, it } from '@jest/globals'
import { bundlePart, readBundle } from '@suggestive/sidecar/domain/mask-bundle'
import { problemOf } from '../support/problems.ts'

const digest = (letter: string) => letter.repeat(64)
const bytes = (...values: readonly number[]) => Uint8Array.from(values)

describe('the masks of a training', () => {
  const parts = [
    bundlePart(digest('a'), [bytes(1, 2, 3), bytes(4)]),
    bundlePart(digest('0'), []),
    bundlePart(digest('f'), [bytes(9, 9)]),
  ]
  // At an odd address, as a file in the memory of another one may be.
  const file = new Uint8Array(Buffer.concat([bytes(7), ...parts])).subarray(1)

  it('come back image by image', () => {
    expect([...readBundle(file)]).toEqual([
      [digest('a'), [bytes(1, 2, 3), bytes(4)]],
      [digest('0'), []],
      [digest('f'), [bytes(9, 9)]],
    ])
    expect(readBundle(new Uint8Array()).size).toBe(0)
  })

  it('are refused when the end is missing or a length is wrong', async () => {
    for (const length of [1, 33, 35, 40, 47, file.length - 1]) {
      await problemOf('corrupt-blob', () => readBundle(file.subarray(0, length)))
    }
    const wrong = file.slice()
    wrong[35] = 255
    await problemOf('corrupt-blob', () => readBundle(wrong))
  })
})
