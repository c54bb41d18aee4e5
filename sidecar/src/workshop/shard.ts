/**
 * The descriptors of some images in one blob: little-endian, four 32-bit words (format, rows, width, numbers per row),
 * then `[rows]` digests of 32 bytes, `[rows, numbers]` float64 and `[rows, width]` float16.
 */
import { Problem } from '@suggestive/shared/problem'
import { encodeHalves } from '../domain/float16.ts'

const format = 0x31_48_53_53
const headBytes = 16
const digestBytes = 32

export interface ShardRow {
  readonly digest: string
  /** As many for every row: uncertainty and foreground of scored images, none for appearances. */
  readonly numbers: readonly number[]
  readonly descriptor: Float32Array
}

export interface Shard {
  readonly digests: readonly string[]
  readonly width: number
  /** `[rows, numbers]` */
  readonly numbers: Float64Array
  /** `[rows, width]` float16 */
  readonly halves: Uint16Array
}

export function writeShard(rows: readonly ShardRow[]): Uint8Array {
  const width = rows[0]?.descriptor.length ?? 0
  const count = rows[0]?.numbers.length ?? 0
  const numbersAt = headBytes + rows.length * digestBytes
  const halvesAt = numbersAt + rows.length * count * 8
  const bytes = new Uint8Array(halvesAt + rows.length * width * 2)
  new Uint32Array(bytes.buffer, 0, 4).set([format, rows.length, width, count])
  const numbers = new Float64Array(bytes.buffer, numbersAt, rows.length * count)
  const halves = new Uint16Array(bytes.buffer, halvesAt)
  for (const [i, row] of rows.entries()) {
    if (row.descriptor.length !== width || row.numbers.length !== count) {
      throw new RangeError(`row ${i} has ${row.descriptor.length} numbers, not ${width}`)
    }
    bytes.set(Buffer.from(row.digest, 'hex'), headBytes + i * digestBytes)
    numbers.set(row.numbers, i * count)
    encodeHalves(row.descriptor, halves, i * width)
  }
  return bytes
}

/** @throws Problem `corrupt-blob` for bytes that `writeShard` did not make */
export function readShard(bytes: Uint8Array, name: string): Shard {
  // A copy where the views below would not be aligned.
  const own = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes)
  if (own.length < headBytes) throw damaged(name)
  const at = (from: number) => own.byteOffset + from
  const [found, rows = 0, width = 0, count = 0] = new Uint32Array(own.buffer, at(0), 4)
  const numbersAt = headBytes + rows * digestBytes
  const halvesAt = numbersAt + rows * count * 8
  if (found !== format || own.length !== halvesAt + rows * width * 2) throw damaged(name)
  return {
    digests: Array.from({ length: rows }, (_, i) => {
      const digest = own.subarray(headBytes + i * digestBytes, headBytes + (i + 1) * digestBytes)
      return Buffer.from(digest).toString('hex')
    }),
    width,
    numbers: new Float64Array(own.buffer, at(numbersAt), rows * count),
    halves: new Uint16Array(own.buffer, at(halvesAt), rows * width),
  }
}

const damaged = (name: string) =>
  new Problem('corrupt-blob', `The descriptors ${name} are damaged: start the next round.`)
