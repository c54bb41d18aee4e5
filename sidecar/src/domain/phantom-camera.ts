/** From stains to an 8-bit RGB picture: colours, brightness that gives nothing away, optics, light and noise. */
import type { Kind } from './phantom-kinds.ts'
import type { Shapes } from './phantom-shapes.ts'
import { grit, type Next, noise, ramp } from './phantom-texture.ts'
import type { Stained } from './phantom-tissue.ts'
import type { Draws } from './random.ts'

const { floor, max, min } = Math

/** Grey levels: how much colour differs from picture to picture, and light across one. */
const stainSpread = 14
const lightSpread = 5
/** How much weaker the weakest stained pictures of a kind are, as a fraction. */
const contrastSpread = 0.2
/** Standard deviation of the uniform numbers -1..1. */
const uniformDeviation = 0.577

/** A picture `[size, size, 3]` in which both sides of the outlines have the same mean colour. */
export function develop(
  kind: Kind,
  inside: Stained,
  outside: Stained,
  { size, depth }: Shapes,
  chance: { readonly next: Next; readonly fine: Draws },
): Uint8Array {
  const pixels = size * size
  // A soft edge, two pixels wide.
  const share = depth.map((d) => (d <= -1 ? 0 : d >= 1 ? 1 : ramp(-1, 1, d)))
  const light = noise(size, size / 2, chance.next)
  const camera = grit(3 * pixels, chance.fine)
  const noiseLevel = kind.camera / uniformDeviation
  const contrast = kind.contrast * (1 - contrastSpread * chance.next())
  const commonShift = stainSpread * (chance.next() - 0.5)
  const data = new Uint8Array(3 * pixels)
  for (const channel of [0, 1, 2] as const) {
    const values = expose(kind.colours, channel, inside, outside, share)
    matchMeans(values, share, contrast)
    soften(values, size)
    const shift = kind.isGrey ? commonShift : stainSpread * (chance.next() - 0.5)
    for (let i = 0; i < pixels; i++) {
      const grain = camera[kind.isGrey ? i : 3 * i + channel] ?? 0
      const value = (values[i] ?? 0) + shift + lightSpread * (light[i] ?? 0) + noiseLevel * grain
      data[3 * i + channel] = min(255, max(0, floor(value + 0.5)))
    }
  }
  return data
}

/** Stains to one colour channel, `[size, size]`, 0..255. */
function expose(
  [none, plain, nuclear]: Kind['colours'],
  channel: 0 | 1 | 2,
  inside: Stained,
  outside: Stained,
  share: Float32Array,
): Float32Array {
  const paper = none[channel]
  const onPlain = plain[channel] - paper
  const dark = nuclear[channel]
  const values = new Float32Array(share.length)
  for (let i = 0; i < values.length; i++) {
    const part = share[i] ?? 0
    const p = part * (inside.plain[i] ?? 0) + (1 - part) * (outside.plain[i] ?? 0)
    const n = part * (inside.nuclear[i] ?? 0) + (1 - part) * (outside.nuclear[i] ?? 0)
    const under = paper + onPlain * p
    values[i] = under + (dark - under) * n
  }
  return values
}

/** Moves foreground and background to one mean, then scales the contrast about it. */
function matchMeans(values: Float32Array, share: Float32Array, contrast: number): void {
  let inside = 0
  let weight = 0
  let total = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    inside += (share[i] ?? 0) * value
    weight += share[i] ?? 0
    total += value
  }
  const rest = values.length - weight
  // No background left: nothing to match.
  const difference = rest > 0 ? (total - inside) / rest - inside / weight : 0
  const mean = total / values.length
  for (let i = 0; i < values.length; i++) {
    const matched = (values[i] ?? 0) + difference * ((share[i] ?? 0) - weight / values.length)
    values[i] = mean + contrast * (matched - mean)
  }
}

/** The optics: a 3x3 binomial filter, in place. */
function soften(values: Float32Array, size: number): void {
  for (let y = 0; y < size; y++) smoothLine(values, y * size, 1, size)
  for (let x = 0; x < size; x++) smoothLine(values, x, size, size)
}

function smoothLine(values: Float32Array, start: number, step: number, count: number): void {
  let before = values[start] ?? 0
  for (let k = 0; k < count; k++) {
    const i = start + k * step
    const here = values[i] ?? 0
    const after = k < count - 1 ? (values[i + step] ?? 0) : here
    values[i] = (before + 2 * here + after) / 4
    before = here
  }
}
