import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { readModel, toModel, writeModel } from '@suggestive/sidecar/domain/model-file'
import fc from 'fast-check'
import { smallHeader, smallModel } from '../support/model.ts'

const seed = 20170911
const tensor = fc
  .record({
    name: fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__'),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    start: fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  })
  .map(({ name, shape, start }) => ({
    name,
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => start + i),
  }))

describe('model files', () => {
  it('give back any tensors in their order', () => {
    const sets = fc.uniqueArray(tensor, {
      selector: ({ name }) => name,
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(sets, (tensors) => {
        const model = toModel(smallHeader, tensors)
        const back = readModel(writeModel(model), 'm')
        expect(back.digest).toBe(model.digest)
        expect(back.header).toEqual(model.header)
        const byName = new Map(back.tensors.map((entry) => [entry.name, entry]))
        for (const entry of tensors) expect(byName.get(entry.name)).toEqual(entry)
        // Tensors without numbers have no place of their own in the file.
        const filled = (entry: { data: Float32Array }) => entry.data.length > 0
        expect(back.tensors.filter(filled)).toEqual(tensors.filter(filled))
      }),
      { seed, numRuns: 100 },
    )
  })

  it('never give a wrong model or another error when bytes are changed', () => {
    const bytes = writeModel(smallModel)
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(changes, (list) => {
        const changed = Uint8Array.from(bytes)
        for (const [at, flip] of list) changed[at] = (changed[at] ?? 0) ^ flip
        try {
          // What passes has the recorded numbers: at most a text of the header differs.
          expect(readModel(changed, 'm').digest).toBe(smallModel.digest)
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
        }
      }),
      { seed, numRuns: 500 },
    )
  })
})
