/** Half-precision numbers (IEEE 754 binary16) as 16-bit integers: descriptors need no more and take half the room. */

/** Every half as a single: 256 KB, and decoding is one look-up. */
const singles = Float32Array.from({ length: 65536 }, (_, half) => {
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  const sign = half & 0x8000 ? -1 : 1
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
})

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The nearest half, ties to even; beyond 65504 infinite. */
export function toHalf(value: number): number {
  single[0] = value
  const word = bits[0] ?? 0
  const sign = (word >>> 16) & 0x8000
  const size = word & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00
  // 65520 and more round to infinity.
  if (size >= 0x477ff000) return sign | 0x7c00
  // Below 2^-14 the half is subnormal: whole multiples of 2^-24.
  if (size < 0x38800000) return sign | nearestEven(Math.abs(single[0] ?? 0) * 2 ** 24)
  // Rebias the exponent from 127 to 15, then round the 13 bits that are lost; a carry goes into the exponent.
  const lost = size & 0x1fff
  const half = (size - 0x38000000) >>> 13
  const up = lost > 0x1000 || (lost === 0x1000 && (half & 1) === 1)
  return sign | (half + (up ? 1 : 0))
}

function nearestEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}

/** Writes all values as halves to `into`, from position `at` on. */
export function encodeHalves(values: Float32Array, into: Uint16Array, at: number): void {
  for (let i = 0; i < values.length; i++) into[at + i] = toHalf(values[i] ?? 0)
}

/** Writes all halves as singles to `into`, from position `at` on. */
export function decodeHalves(halves: Uint16Array, into: Float32Array, at: number): void {
  for (let i = 0; i < halves.length; i++) into[at + i] = singles[halves[i] ?? 0] ?? 0
}
