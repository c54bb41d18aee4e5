/**
 * Counter-based random numbers: every draw is a pure function of (seed, path, counter), so a run can be
 * resumed or reordered without changing any other draw.
 * Philox4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 */

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85

/** High 32 bits of the unsigned product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const low = aLow * bLow
  const middle = aHigh * bLow + (low >>> 16)
  const carry = aLow * bHigh + (middle % 0x10000)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0
}

/** One Philox4x32-10 block: 128 random bits for a 128-bit counter and a 64-bit key. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0, c0)
    const low0 = Math.imul(M0, c0) >>> 0
    const high1 = multiplyHigh(M1, c2)
    const low1 = Math.imul(M1, c2) >>> 0
    const next0 = (high1 ^ c1 ^ k0) >>> 0
    const next2 = (high0 ^ c3 ^ k1) >>> 0
    c0 = next0
    c1 = low1
    c2 = next2
    c3 = low0
    k0 = (k0 + W0) >>> 0
    k1 = (k1 + W1) >>> 0
  }
  return [c0, c1, c2, c3]
}

/** FNV-1a, 32 bit: mixes the words of a path into a key. */
function hash(text: string, basis: number): number {
  let h = basis >>> 0
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0
  return h
}

/** A stream of random numbers addressed by position: `uniform(7)` is the same number whenever it is asked. */
export interface Draws {
  /** Integer in 0..2^32-1. */
  integer(counter: number): number
  /** Float in [0, 1), 32 bits of resolution. */
  uniform(counter: number): number
  /** Standard normal (Box-Muller over positions 2*counter and 2*counter+1). */
  normal(counter: number): number
  /** Integer in 0..n-1. */
  below(n: number, counter: number): number
  /** A permutation of 0..n-1 (Fisher-Yates), a pure function of the stream. */
  permutation(n: number): Uint32Array
}

/**
 * The stream that belongs to a seed and a purpose, e.g. `draws(seed, 'bootstrap', round, member)`.
 * Different paths give independent streams.
 */
export function draws(seed: number, ...path: readonly (string | number)[]): Draws {
  const text = path.map((word) => `${typeof word === 'number' ? '#' : '$'}${word}`).join('/')
  const key: [number, number] = [
    (seed >>> 0) ^ hash(text, 0x811c9dc5),
    (Math.floor(seed / 0x100000000) >>> 0) ^ hash(text, 0x9747b28c),
  ]
  let block = -1
  let words: readonly number[] = []
  const integer = (counter: number): number => {
    const wanted = Math.floor(counter / 4)
    if (wanted !== block) {
      words = philox(
        [wanted >>> 0, Math.floor(wanted / 0x100000000), hash(text, 0x1b873593), 0],
        key,
      )
      block = wanted
    }
    return words[counter % 4] ?? 0
  }
  const uniform = (counter: number) => integer(counter) / 0x100000000
  const below = (n: number, counter: number) => Math.floor(uniform(counter) * n)
  return {
    integer,
    uniform,
    below,
    normal(counter) {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform(2 * counter)))
      return radius * Math.cos(2 * Math.PI * uniform(2 * counter + 1))
    },
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = below(i + 1, n - 1 - i)
        const swap = order[i] ?? 0
        order[i] = order[j] ?? 0
        order[j] = swap
      }
      return order
    },
  }
}
