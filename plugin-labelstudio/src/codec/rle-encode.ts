/**
 * Brush masks as Label Studio's editor writes them: the run-length bit stream of `@thi.ng/rle-pack` over a row-major RGBA
 * image whose four channels are equal, here straight from run lengths.
 *
 * Header: number of values (32 bits), bits of a value - 1 (5 bits), and four sizes of run counters - 1 (4 bits each). Then
 * items: 1, which counter (2 bits), run - 1, value. Runs are multiples of four values, so single values never come.
 */

/** Values of the longest run that an item can hold; longer ones are cut. */
const longest = 65_536

const headerBits = 53
const longestItemBits = 27

/**
 * The same bytes as the editor's, for a mask whose set pixels are 255.
 *
 * @param runs canonical: alternating, background first, summing to the pixels of the image
 * @returns bytes; the tool's JSON wants them as an array of numbers
 */
export function encodeBrush(runs: readonly number[]): Uint8Array {
  return packRuns(runs, (index) => (index % 2 === 0 ? 0 : 255))
}

/**
 * Runs of pixels with any values.
 *
 * @param lengths in pixels, none but the first may be 0
 * @param valueAt 0..255, of the run at an index; neighbours differ
 */
export function packRuns(
  lengths: readonly number[],
  valueAt: (index: number) => number,
): Uint8Array {
  let pixels = 0
  let items = 0
  for (const length of lengths) {
    pixels += length
    items += Math.ceil((4 * length) / longest)
  }
  const bytes = new Uint8Array(Math.ceil((headerBits + items * longestItemBits) / 8))
  let at = 0
  /** Fewer than 8 bits between two calls. */
  let held = 0
  let bits = 0
  const write = (value: number, count: number): void => {
    held = (held << count) | value
    bits += count
    while (bits >= 8) {
      bits -= 8
      bytes[at++] = held >>> bits
    }
    held &= (1 << bits) - 1
  }

  write(Math.floor((4 * pixels) / 65_536), 16)
  write((4 * pixels) % 65_536, 16)
  write(7, 5)
  for (const counter of [3, 4, 8, 16]) write(counter - 1, 4)
  for (let index = 0; index < lengths.length; index++) {
    let left = 4 * (lengths[index] ?? 0)
    if (left === 0) continue
    const value = valueAt(index)
    for (; left > longest; left -= longest) {
      write(0b111 * longest + longest - 1, 19)
      write(value, 8)
    }
    const run = left - 1
    if (run < 8) write(0b100 * 8 + run, 6)
    else if (run < 16) write(0b101 * 16 + run, 7)
    else if (run < 256) write(0b110 * 256 + run, 11)
    else write(0b111 * longest + run, 19)
    write(value, 8)
  }
  if (bits > 0) bytes[at++] = held << (8 - bits)
  return bytes.slice(0, at)
}
