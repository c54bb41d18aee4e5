/** Masks as they are stored: the canonical run lengths as variable-length integers, 1 to 5 bytes each. */
import { type Mask, maskFault, mostPixels } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import type { RunMask } from '@suggestive/shared/protocol/label'

/** First byte of every packed mask. */
const version = 1

/**
 * Bytes of a sound mask: version, width, height, number of layers, and per layer class id, number of runs, runs. Layers
 * stand in the order of their class ids and those without a pixel are left out, so that equal masks have equal bytes.
 *
 * @throws Problem `wrong-use` with the sentence of `maskFault`
 */
export function pack(mask: RunMask): Uint8Array {
  const fault = maskFault(mask)
  if (fault !== undefined) throw new Problem('wrong-use', fault.sentence)
  const { width, height } = mask
  const layers = mask.layers
    .filter(({ runs }) => runs.length > 1)
    .sort((a, b) => a.classId - b.classId)
  const head = [version, width, height, layers.length]
  const parts = layers.map(({ classId, runs }) => ({ head: [classId, runs.length], runs }))
  const size = parts.reduce(
    (sum, part) => sum + sizeOf(part.head) + sizeOf(part.runs),
    sizeOf(head),
  )
  const bytes = new Uint8Array(size)
  let at = write(bytes, 0, head)
  for (const part of parts) at = write(bytes, write(bytes, at, part.head), part.runs)
  return bytes
}

/** @throws Problem `corrupt-store` for bytes that `pack` did not make */
export function unpack(bytes: Uint8Array): RunMask {
  const layers: { classId: number; runs: number[] }[] = []
  const size = readRuns(bytes, {
    layer: (classId) => layers.push({ classId, runs: [] }),
    run: (length) => layers.at(-1)?.runs.push(length),
  })
  const mask = { ...size, layers }
  const fault = maskFault(mask)
  if (fault !== undefined) throw damaged(fault.sentence)
  return mask
}

/** Width and height in pixels, without reading the runs. */
export function packedSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  return new Varints(bytes).size()
}

/** Ids of the classes, ascending, without looking at the runs. @throws Problem `corrupt-store` */
export function packedClasses(bytes: Uint8Array): readonly number[] {
  const varints = new Varints(bytes)
  varints.size()
  return Array.from({ length: varints.next() }, () => {
    const classId = varints.classId()
    varints.skip(varints.next())
    return classId
  })
}

/** One class id per pixel. @throws Problem `corrupt-store` for bytes that `pack` did not make */
export function rasterise(bytes: Uint8Array): Mask {
  const { width, height } = packedSize(bytes)
  const data = new Uint8Array(width * height)
  let value = 0
  let at = 0
  let isSet = false
  readRuns(bytes, {
    layer: (classId) => {
      value = classId
      at = 0
      isSet = false
    },
    run: (length) => {
      if (isSet) data.fill(value, at, at + length)
      at += length
      isSet = !isSet
    },
  })
  return { width, height, data }
}

/**
 * The class that most of the masks give a pixel, background counted as a class; a tie goes to the lower class id, so to
 * background first.
 *
 * @param masks at least one, all of one size
 * @throws Problem `wrong-use` for masks of different sizes
 */
export function majority(masks: readonly Uint8Array[]): Mask {
  const [first, ...others] = masks.map(rasterise)
  if (first === undefined) throw new Problem('wrong-use', 'A majority needs at least one mask.')
  const { width, height } = first
  for (const other of others) {
    if (other.width === width && other.height === height) continue
    throw new Problem(
      'wrong-use',
      `One annotation has ${width} x ${height} pixels and another one of the same image ${other.width} x ${other.height}: correct one of them in the tool.`,
    )
  }
  if (others.length === 0) return first
  const votes = new Uint16Array(256)
  const data = first.data.map((own, i) => {
    votes[own] = 1
    for (const other of others) votes[other.data[i] ?? 0] = (votes[other.data[i] ?? 0] ?? 0) + 1
    let best = own
    for (const other of others) best = better(votes, best, other.data[i] ?? 0)
    votes[own] = 0
    for (const other of others) votes[other.data[i] ?? 0] = 0
    return best
  })
  return { width, height, data }
}

function better(votes: Uint16Array, a: number, b: number): number {
  const difference = (votes[a] ?? 0) - (votes[b] ?? 0)
  if (difference === 0) return Math.min(a, b)
  return difference > 0 ? a : b
}

function readRuns(
  bytes: Uint8Array,
  on: {
    readonly layer: (classId: number) => void
    readonly run: (length: number) => void
  },
): { readonly width: number; readonly height: number } {
  const varints = new Varints(bytes)
  const { width, height } = varints.size()
  const layers = varints.next()
  for (let layer = 0; layer < layers; layer++) {
    on.layer(varints.classId())
    let left = width * height
    for (let runs = varints.next(); runs > 0; runs--) {
      const run = varints.next()
      left -= run
      on.run(run)
    }
    if (left !== 0) throw damaged(`Layer ${layer + 1} does not fill the image.`)
  }
  varints.end()
  return { width, height }
}

/** Seven bits a byte, lowest first; the highest bit says that more follow. */
class Varints {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  next(): number {
    let value = 0
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw damaged(`It ends after ${this.#bytes.length} bytes.`)
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw damaged(`Byte ${this.#at} belongs to no number.`)
  }

  skip(count: number) {
    for (let left = count; left > 0; this.#at++) {
      if (this.#at >= this.#bytes.length) throw damaged(`It ends after ${this.#at} bytes.`)
      if ((this.#bytes[this.#at] ?? 0) < 128) left--
    }
  }

  size() {
    const found = this.next()
    if (found !== version) throw damaged(`Its version is ${found}, not ${version}.`)
    const width = this.next()
    const height = this.next()
    const pixels = width * height
    if (pixels < 1 || pixels > mostPixels) throw damaged(`It has ${width} x ${height} pixels.`)
    return { width, height }
  }

  classId(): number {
    const value = this.next()
    if (value < 1 || value > 255) throw damaged(`It has the class ${value}.`)
    return value
  }

  end() {
    const left = this.#bytes.length - this.#at
    if (left > 0) throw damaged(`${left} bytes follow its end.`)
  }
}

function sizeOf(values: readonly number[]): number {
  let size = 0
  for (const value of values) {
    size++
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  }
  return size
}

/** @returns the position after the last byte */
function write(bytes: Uint8Array, from: number, values: readonly number[]): number {
  let at = from
  for (const value of values) {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128
    bytes[at++] = rest
  }
  return at
}

function damaged(what: string): Problem {
  return new Problem(
    'corrupt-store',
    `A stored mask is damaged. ${what} Restore the last backup, or send the annotation again.`,
  )
}
