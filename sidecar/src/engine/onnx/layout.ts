/** Flat arrays in the canonical order (HWIO filters) and the arrays that the recorded graph takes (OIHW). */
import { sizeOf } from '../initialise.ts'
import type { Network, ParameterSpec } from '../network.ts'

/** One input of the graph: a large filter, or all small parameters together. */
export interface Slot {
  readonly name: string
  readonly size: number
  /** Parameters in it, with their place in the canonical flat array and in the slot. */
  readonly parts: readonly Part[]
}

export interface Part {
  readonly index: number
  readonly spec: ParameterSpec
  readonly from: number
  readonly at: number
}

/** Filters above this many numbers travel alone: Adam then works on them while they are in the cache. */
const ALONE = 2048

export function slotsOf(network: Network): readonly Slot[] {
  const alone: Slot[] = []
  const together: Part[] = []
  let from = 0
  let at = 0
  for (const [index, spec] of network.parameters.entries()) {
    const size = sizeOf(spec.shape)
    if (size > ALONE) {
      alone.push({ name: `p${index}`, size, parts: [{ index, spec, from, at: 0 }] })
    } else {
      together.push({ index, spec, from, at })
      at += size
    }
    from += size
  }
  return together.length === 0 ? alone : [...alone, { name: 'small', size: at, parts: together }]
}

/** Shape of a parameter in the graph. */
export function graphShape({ shape }: ParameterSpec): readonly number[] {
  const [h = 1, w = 1, i = 1, o = 1] = shape
  return shape.length === 4 ? [o, i, h, w] : shape
}

export function toSlot(slot: Slot, canonical: Float32Array): Float32Array {
  const values = new Float32Array(slot.size)
  for (const part of slot.parts) {
    eachElement(part, (canonicalAt, slotAt) => {
      values[slotAt] = canonical[canonicalAt] ?? 0
    })
  }
  return values
}

export function fromSlot(slot: Slot, values: Float32Array, canonical: Float32Array) {
  for (const part of slot.parts) {
    eachElement(part, (canonicalAt, slotAt) => {
      canonical[canonicalAt] = values[slotAt] ?? 0
    })
  }
}

function eachElement(
  { spec, from, at }: Part,
  visit: (canonicalAt: number, slotAt: number) => void,
) {
  const size = sizeOf(spec.shape)
  if (spec.shape.length !== 4) {
    for (let i = 0; i < size; i++) visit(from + i, at + i)
    return
  }
  const [h = 1, w = 1, inputs = 1, outputs = 1] = spec.shape
  const window = h * w
  let canonicalAt = from
  for (let k = 0; k < window; k++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) visit(canonicalAt++, at + (o * inputs + i) * window + k)
    }
  }
}
