/**
 * The `.safetensors` container: 8-byte little-endian length, JSON header, tensor bytes. Reading only
 * ever parses and compares; nothing is executed.
 * Format: https://github.com/huggingface/safetensors#format
 */
import { Problem } from '@suggestive/shared/problem'
import type { NamedTensor } from './model.ts'

/** What a file holds: float32 tensors in file order and texts by name. */
export interface SafeTensors {
  readonly metadata: ReadonlyMap<string, string>
  readonly tensors: readonly NamedTensor[]
}

const lengthBytes = 8

/** The tensor's memory as it stands in the file: every platform of ours is little-endian. */
export function tensorBytes({ data }: NamedTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** Says in one sentence what is wrong with a file. */
export function unreadableTensors(name: string, what: string): Problem {
  return new Problem(
    'unreadable-input',
    `The file ${name} ${what}: copy it again from where it was made, or train the model anew with "suggest train".`,
  )
}

/**
 * The bytes of the file. The JSON is padded with spaces so that the numbers start at a multiple of
 * 8, as the reference implementation does.
 */
export function writeSafetensors({ metadata, tensors }: SafeTensors): Uint8Array {
  const entries: [string, unknown][] = [['__metadata__', Object.fromEntries(metadata)]]
  let end = 0
  for (const { name, shape, data } of tensors) {
    const begin = end
    end += data.byteLength
    entries.push([name, { dtype: 'F32', shape, data_offsets: [begin, end] }])
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  const headerLength = Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(lengthBytes + headerLength + end)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true)
  file.fill(0x20, lengthBytes, lengthBytes + headerLength)
  file.set(json, lengthBytes)
  let at = lengthBytes + headerLength
  for (const tensor of tensors) {
    file.set(tensorBytes(tensor), at)
    at += tensor.data.byteLength
  }
  return file
}

/**
 * Reads a file and trusts nothing in it: length, types, shapes, and offsets without gaps and
 * overlaps to the last byte are checked.
 *
 * @param name of the file, for messages
 * @throws Problem `unreadable-input` with one sentence that says what is wrong
 */
export function readSafetensors(bytes: Uint8Array, name: string): SafeTensors {
  const { entries, body } = readContainer(bytes, name)
  const metadata = readMetadata(entries.get('__metadata__'), name)
  entries.delete('__metadata__')
  return { metadata, tensors: readTensors(entries, body, name) }
}

function fieldsOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

/** The value of a JSON text, or `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readContainer(bytes: Uint8Array, name: string) {
  if (bytes.length < lengthBytes) {
    throw unreadableTensors(name, `is truncated (${bytes.length} bytes)`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = Number(view.getBigUint64(0, true))
  const start = lengthBytes + headerLength
  if (start > bytes.length) {
    throw unreadableTensors(name, `is truncated or not a safetensors file (${bytes.length} bytes)`)
  }
  const json = new TextDecoder().decode(bytes.subarray(lengthBytes, start))
  const entries = fieldsOf(parseJson(json))
  if (entries === undefined) throw unreadableTensors(name, 'is not a safetensors file')
  return { entries, body: bytes.subarray(start) }
}

function readMetadata(value: unknown, name: string): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [key, text] of fieldsOf(value) ?? []) {
    if (typeof text !== 'string') throw unreadableTensors(name, `has no text for "${key}"`)
    texts.set(key, text)
  }
  return texts
}

interface Entry {
  readonly name: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function readTensors(
  entries: ReadonlyMap<string, unknown>,
  body: Uint8Array,
  name: string,
): NamedTensor[] {
  const list = [...entries].map(([tensor, value]) => readEntry(tensor, value, name))
  list.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let end = 0
  const tensors = list.map((entry) => {
    if (entry.begin !== end) {
      throw unreadableTensors(name, `has a gap or an overlap before tensor "${entry.name}"`)
    }
    end = entry.end
    if (end > body.length) {
      throw unreadableTensors(name, `is truncated: tensor "${entry.name}" is not complete`)
    }
    // A copy: a view would need an aligned start and keep the whole file in memory.
    const data = new Float32Array((entry.end - entry.begin) / 4)
    const tensor = { name: entry.name, shape: entry.shape, data }
    tensorBytes(tensor).set(body.subarray(entry.begin, entry.end))
    return tensor
  })
  if (end !== body.length) {
    throw unreadableTensors(name, `has ${body.length - end} bytes after its last tensor`)
  }
  return tensors
}

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function readEntry(tensor: string, value: unknown, name: string): Entry {
  const fields = fieldsOf(value)
  const type = fields?.get('dtype')
  if (fields === undefined || type !== 'F32') {
    throw unreadableTensors(
      name,
      `holds tensor "${tensor}" of type ${String(type)} where only F32 is expected`,
    )
  }
  const shape: unknown = fields.get('shape')
  const offsets: unknown = fields.get('data_offsets')
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw unreadableTensors(name, `has no valid shape for tensor "${tensor}"`)
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw unreadableTensors(name, `has no valid place for tensor "${tensor}"`)
  }
  const [begin = 0, end = 0] = offsets
  if (end - begin !== shape.reduce((product, side) => product * side, 4)) {
    throw unreadableTensors(
      name,
      `gives ${end - begin} bytes to tensor "${tensor}" of shape [${shape.join(', ')}]`,
    )
  }
  return { name: tensor, shape, begin, end }
}
