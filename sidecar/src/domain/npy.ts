/** NumPy's `.npy` files, versions 1 to 3: float16, float32, float64, little-endian, C order. */
import { Problem } from '@suggestive/shared/problem'

export type NpyType = 'float16' | 'float32' | 'float64'

export interface NpyHeader {
  readonly type: NpyType
  readonly shape: readonly number[]
  /** Where the values begin, bytes. */
  readonly dataOffset: number
}

const types: Readonly<Record<string, NpyType>> = {
  '<f2': 'float16',
  '<f4': 'float32',
  '<f8': 'float64',
}

export const bytesPerValue: Readonly<Record<NpyType, number>> = {
  float16: 2,
  float32: 4,
  float64: 8,
}

/** As many bytes as `readNpyHeader` needs at most for an array of floats. */
export const npyHeaderBytes = 2 ** 17

/**
 * Reads the header from the file's first bytes; `name` is the file in messages. Throws an unreadable-input
 * `Problem` for anything but a plain float array.
 */
export function readNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const refuse = (what: string, remedy: string) =>
    new Problem('unreadable-input', `${name} ${what}: ${remedy}.`)
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw refuse('is not a .npy file', 'write it with numpy.save')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint8(6)
  if (version < 1 || version > 3) {
    throw refuse(`has .npy version ${version}`, 'write it again with numpy.save')
  }
  const start = version === 1 ? 10 : 12
  const dataOffset = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (dataOffset > bytes.length) throw refuse('is cut off in its header', 'write it again')
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, dataOffset))
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1]
  const type = descr === undefined ? undefined : types[descr]
  if (type === undefined) {
    throw refuse(
      `holds ${descr === undefined ? 'a structure or objects' : `values of type '${descr}'`}, not floats`,
      "save array.astype('<f4')",
    )
  }
  if (order === undefined || shape === undefined) {
    throw refuse('has a header that cannot be understood', 'write it again with numpy.save')
  }
  if (order === 'True') {
    throw refuse('is stored column by column', 'save numpy.ascontiguousarray(array)')
  }
  return {
    type,
    dataOffset,
    shape: shape
      .split(',')
      .filter((n) => n.trim())
      .map(Number.parseFloat),
  }
}

/** Values of a part of the data; float16 becomes float32. `bytes` is a whole number of values. */
export function npyValues(bytes: Uint8Array, type: NpyType): Float32Array | Float64Array {
  // A copy is aligned, wherever the part begins in the file.
  const { buffer } = new Uint8Array(bytes)
  if (type === 'float64') return new Float64Array(buffer)
  if (type === 'float32') return new Float32Array(buffer)
  return Float32Array.from(new Uint16Array(buffer), halfToFloat)
}

/** IEEE 754 binary16 to a number. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The whole file of an array, read into memory. */
export function readNpy(
  bytes: Uint8Array,
  name: string,
): { readonly shape: readonly number[]; readonly values: Float32Array | Float64Array } {
  const { type, shape, dataOffset } = readNpyHeader(bytes, name)
  const length = shape.reduce((product, n) => product * n, 1) * bytesPerValue[type]
  if (bytes.length < dataOffset + length) {
    throw new Problem(
      'unreadable-input',
      `${name} is cut off: its header announces [${shape.join(', ')}] values; write it again.`,
    )
  }
  return { shape, values: npyValues(bytes.subarray(dataOffset, dataOffset + length), type) }
}

/** The header of a float32 array, to be followed by its values; a multiple of 64 bytes long. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`
  const length = Math.ceil((10 + text.length + 1) / 64) * 64
  const bytes = new Uint8Array(length)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (length - 10) & 255, (length - 10) >> 8])
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 11)}\n`), 10)
  return bytes
}

/** A float32 array as a file of version 1. */
export function writeNpy(values: Float32Array, shape: readonly number[]): Uint8Array {
  if (shape.reduce((product, n) => product * n, 1) !== values.length) {
    throw new RangeError(`${values.length} values are not [${shape.join(', ')}]`)
  }
  const header = npyHeader(shape)
  const bytes = new Uint8Array(header.length + values.byteLength)
  bytes.set(header)
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), header.length)
  return bytes
}
