/** A trained ensemble as the bytes of its one `.safetensors` file, and back with every check. */
import { createHash } from 'node:crypto'
import type { Model, ModelHeader, NamedTensor } from './model.ts'
import { isHeader, wrongHeaderField } from './model-header.ts'
import {
  parseJson,
  readSafetensors,
  tensorBytes,
  unreadableTensors,
  writeSafetensors,
} from './safetensors.ts'

/** A model with its identity: the SHA-256 over the tensors' bytes in the order given. */
export function toModel(header: ModelHeader, tensors: readonly NamedTensor[]): Model {
  const hash = createHash('sha256')
  for (const tensor of tensors) hash.update(tensorBytes(tensor))
  return { header, tensors, digest: hash.digest('hex') }
}

/** The bytes of a model's file; the header travels as a JSON text because the format allows texts only. */
export function writeModel({ header, tensors, digest }: Model): Uint8Array {
  const metadata = new Map([
    ['header', JSON.stringify(header)],
    ['sha256', digest],
  ])
  return writeSafetensors({ metadata, tensors })
}

/**
 * Reads a model file; beside the container's own checks the header's fields, the digest and that all
 * numbers are finite. Whether the tensors suit the network is the engine's to say.
 *
 * @param name of the file, for messages
 * @throws Problem `unreadable-input` with one sentence that says what is wrong
 */
export function readModel(bytes: Uint8Array, name: string): Model {
  const { metadata, tensors } = readSafetensors(bytes, name)
  const header = metadata.get('header')
  const recorded = metadata.get('sha256')
  if (header === undefined || recorded === undefined || tensors.length === 0) {
    throw unreadableTensors(name, 'is a safetensors file, but no model of this program')
  }
  const model = toModel(readHeader(header, name), tensors)
  if (model.digest !== recorded) {
    throw unreadableTensors(name, 'is damaged (the SHA-256 of its tensors is not the recorded one)')
  }
  for (const tensor of tensors) {
    if (!tensor.data.every(Number.isFinite)) {
      throw unreadableTensors(name, `holds numbers that are not finite in "${tensor.name}"`)
    }
  }
  return model
}

function readHeader(json: string, name: string): ModelHeader {
  const header = parseJson(json)
  const wrong = wrongHeaderField(header)
  if (wrong !== undefined || !isHeader(header)) {
    throw unreadableTensors(name, `has a header whose field "${wrong}" makes no sense here`)
  }
  return header
}
