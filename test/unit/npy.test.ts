import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { npyHeader, readNpy, readNpyHeader, writeNpy } from '@suggestive/sidecar/domain/npy'
import { golden, goldenNpy } from '../support/selection-golden.ts'

const values = golden.npy.values

describe('readNpy', () => {
  it.each(['float32', 'version2', 'version3'])('reads what numpy wrote: %s', (name) => {
    const { shape, values: read } = readNpy(goldenNpy(name), name)
    expect(shape).toEqual([3, 4])
    expect(read).toEqual(Float32Array.from(values))
  })

  it('keeps float64 as it is', () => {
    expect(readNpy(goldenNpy('float64'), 'f')).toEqual({
      shape: [3, 4],
      values: Float64Array.from(values),
    })
  })

  it('reads float16 exactly: subnormal, largest, infinite, negative zero', () => {
    const read = readNpy(goldenNpy('float16'), 'f').values
    expect([...read]).toEqual(
      golden.npy.half.map((v) => (v === 'inf' ? Infinity : v === '-inf' ? -Infinity : v)),
    )
  })

  it('reads one dimension and none', () => {
    expect(readNpy(goldenNpy('flat'), 'f').shape).toEqual([12])
    const scalar = readNpy(goldenNpy('scalar'), 'f')
    expect(scalar.shape).toEqual([])
    expect([...scalar.values]).toEqual([7])
  })

  it.each([
    ['columns', /x\.npy is stored column by column/],
    ['bigEndian', /x\.npy holds values of type '>f4', not floats/],
    ['integers', /x\.npy holds values of type '<i8', not floats/],
    ['structure', /x\.npy holds a structure or objects, not floats/],
  ])('refuses %s with a sentence', (name, sentence) => {
    expect(() => readNpy(goldenNpy(name), 'x.npy')).toThrow(Problem)
    expect(() => readNpy(goldenNpy(name), 'x.npy')).toThrow(sentence)
  })

  it('refuses a file that is cut off or something else', () => {
    const bytes = goldenNpy('float32')
    expect(() => readNpy(bytes.subarray(0, bytes.length - 1), 'x.npy')).toThrow(/x\.npy is cut off/)
    expect(() => readNpy(bytes.subarray(0, 60), 'x.npy')).toThrow(/cut off in its header/)
    expect(() => readNpy(bytes.subarray(0, 7), 'x.npy')).toThrow(/not a \.npy file/)
    expect(() => readNpy(new Uint8Array(200), 'x.npy')).toThrow(/not a \.npy file/)
    const later = Uint8Array.from(bytes)
    later[6] = 9
    expect(() => readNpy(later, 'x.npy')).toThrow(/\.npy version 9/)
  })
})

describe('writeNpy', () => {
  it('writes the bytes that numpy writes', () => {
    const array = Float32Array.from(values)
    expect(Buffer.from(writeNpy(array, [3, 4])).toString('base64')).toBe(golden.npy['float32'])
    expect(Buffer.from(writeNpy(array, [12])).toString('base64')).toBe(golden.npy['flat'])
  })

  it('writes part of a larger array, and an empty one', () => {
    const part = Float32Array.of(9, 1, 2, 3).subarray(1, 3)
    expect([...readNpy(writeNpy(part, [2]), 'f').values]).toEqual([1, 2])
    expect(readNpy(writeNpy(new Float32Array(), [0, 5]), 'f').shape).toEqual([0, 5])
  })

  it('has a header of whole 64 bytes, however large the shape', () => {
    for (const shape of [[1], [1000000, 1024], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]) {
      const header = npyHeader(shape)
      expect(header.length % 64).toBe(0)
      expect(readNpyHeader(header, 'f')).toEqual({
        type: 'float32',
        shape,
        dataOffset: header.length,
      })
    }
  })

  it('refuses a shape that does not fit', () => {
    expect(() => writeNpy(Float32Array.of(1, 2), [3])).toThrow(RangeError)
  })
})
