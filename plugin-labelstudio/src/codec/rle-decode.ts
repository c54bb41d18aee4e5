/** Brush masks of Label Studio as run lengths; the format is described in `rle-encode.ts`. */
import { Problem } from '@suggestive/shared/problem'

const headerBits = 53

/**
 * Canonical run lengths of the pixels whose alpha is above 127 (strokes are antialiased). Time and memory are bounded by
 * the length of `rle`, whatever it says; what follows a complete mask (the Python converter appends a byte) is padding.
 *
 * @param rle from a region's `value.rle`: bytes as numbers
 * @param width of the image in pixels
 * @throws Problem `unreadable-input` where the editor would fail or draw something else than the annotator saw
 */
export function decodeBrush(rle: unknown, width: number, height: number): number[] {
  const bytes = bytesOf(rle)
  const end = 8 * (bytes.length - 3)
  if (end < headerBits) throw broken('it is shorter than its header')
  let at = 0
  /** At most 16 bits; behind the end are three zero bytes. */
  const read = (count: number): number => {
    const byte = at >> 3
    const word = ((bytes[byte] ?? 0) << 16) | ((bytes[byte + 1] ?? 0) << 8) | (bytes[byte + 2] ?? 0)
    const value = (word >>> (24 - (at & 7) - count)) & ((1 << count) - 1)
    at += count
    return value
  }

  const values = read(16) * 65_536 + read(16)
  if (values !== 4 * width * height) {
    throw broken(
      `it holds ${values} values, but ${width} x ${height} pixels have ${4 * width * height}`,
    )
  }
  const valueBits = read(5) + 1
  if (valueBits !== 8) throw broken(`its values have ${valueBits} bits instead of 8`)
  const counters = [read(4) + 1, read(4) + 1, read(4) + 1, read(4) + 1]

  const runs: number[] = []
  let isSet = false
  let length = 0
  const add = (pixels: number, value: number): void => {
    if (pixels === 0) return
    if (value > 127 !== isSet) {
      runs.push(length)
      isSet = !isSet
      length = 0
    }
    length += pixels
  }
  for (let i = 0; i < values; ) {
    if (end - at < 3) throw cut(i, width)
    const isRun = read(1) === 1
    const counter = counters[read(2)] ?? 0
    if (end - at < counter + 8) throw cut(i, width)
    const next = i + 1 + read(counter)
    if (next > values) throw broken(`a run at pixel ${i >>> 2} ends outside the image`)
    if (isRun) {
      // Alpha is every fourth value: one pixel for each multiple of four that the run passes.
      add((next >>> 2) - (i >>> 2), read(8))
    } else {
      if (end - at < 8 * (next - i)) throw cut(i, width)
      for (let j = i; j < next; j++) {
        const value = read(8)
        if ((j & 3) === 3) add(1, value)
      }
    }
    i = next
  }
  runs.push(length)
  return runs
}

/** Three zero bytes at the end let the reader look ahead. */
function bytesOf(rle: unknown): Uint8Array {
  if (rle instanceof Uint8Array) {
    const bytes = new Uint8Array(rle.length + 3)
    bytes.set(rle)
    return bytes
  }
  if (!Array.isArray(rle)) throw broken('it is not a list of bytes')
  const list: readonly unknown[] = rle
  const bytes = new Uint8Array(list.length + 3)
  for (let i = 0; i < list.length; i++) {
    const value = list[i]
    if (typeof value !== 'number' || (value & 255) !== value) {
      throw broken(`entry ${i} is ${JSON.stringify(value)?.slice(0, 20)} instead of a byte`)
    }
    bytes[i] = value
  }
  return bytes
}

function cut(value: number, width: number): Problem {
  const pixel = value >>> 2
  return broken(`it breaks off at x ${pixel % width}, y ${Math.floor(pixel / width)}`)
}

function broken(reason: string): Problem {
  return new Problem(
    'unreadable-input',
    `A brush mask cannot be read: ${reason}. Open the annotation in Label Studio, redraw the region and save it.`,
  )
}
