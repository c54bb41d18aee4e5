/**
 * What an interrupted `predict` has finished: a line per image and the descriptors one behind the other, so that
 * thousands of images cost one small write each.
 */
import { appendFile, open, readFile, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { PredictedImage } from '../app/predict.ts'
import { npyHeader } from '../domain/npy.ts'
import { storageProblem, writeAtomically } from '../store/files.ts'

export interface PredictState {
  /** Images that are finished. */
  readonly finished: number
  find(name: string): PredictedImage | undefined
  add(image: PredictedImage, descriptor: Float32Array): Promise<void>
  /** The file of a float32 array [names.length, numbers]. */
  descriptors(names: readonly string[]): AsyncIterable<Uint8Array>
  forget(): Promise<void>
}

interface Entry {
  readonly image: PredictedImage
  /** Number of its descriptor in the file. */
  readonly place: number
}

/** What an earlier run of this model has left in the folder, or a fresh start. */
export async function openPredictState(folder: string, model: string): Promise<PredictState> {
  const rowsPath = join(folder, '.predict-rows.jsonl')
  const descriptorsPath = join(folder, '.predict-descriptors.f32')
  const kept = await readKept(rowsPath, descriptorsPath, model)
  let { numbers } = kept
  const head = () => `${JSON.stringify({ model, numbers })}\n`
  // What a power cut has torn off at the end is cut away in both files.
  const lines = kept.images.map((image) => `${JSON.stringify(image)}\n`)
  await writeAtomically(rowsPath, `${head()}${lines.join('')}`)
  await append(descriptorsPath, '')
  await truncate(descriptorsPath, kept.images.length * numbers * 4)
  const entries = new Map<string, Entry>(
    kept.images.map((image, place) => [image.name, { image, place }]),
  )
  let next = kept.images.length

  return {
    finished: kept.images.length,
    find: (name) => entries.get(name)?.image,

    async add(image, descriptor) {
      if (next === 0) {
        numbers = descriptor.length
        await writeAtomically(rowsPath, head())
      }
      const { buffer, byteOffset, byteLength } = descriptor
      // The line comes last: what it says is there.
      await append(descriptorsPath, new Uint8Array(buffer, byteOffset, byteLength))
      await append(rowsPath, `${JSON.stringify(image)}\n`)
      entries.set(image.name, { image, place: next++ })
    },

    async *descriptors(names) {
      yield npyHeader([names.length, numbers])
      const file = await open(descriptorsPath, 'r')
      try {
        for (const name of names) {
          const row = new Uint8Array(numbers * 4)
          await file.read(row, 0, row.length, (entries.get(name)?.place ?? 0) * row.length)
          yield row
        }
      } finally {
        await file.close()
      }
    },

    async forget() {
      await rm(rowsPath, { force: true })
      await rm(descriptorsPath, { force: true })
    },
  }
}

interface Kept {
  readonly images: readonly PredictedImage[]
  /** Length of a descriptor; 0 before the first one. */
  readonly numbers: number
}

/** Both files up to the first line or descriptor that is damaged; nothing when they are another model's. */
async function readKept(rowsPath: string, descriptorsPath: string, model: string): Promise<Kept> {
  const text = await readFile(rowsPath, 'utf8').catch(() => '')
  const size = await stat(descriptorsPath).then(
    (found) => found.size,
    () => 0,
  )
  const [head, ...rows] = text.split('\n').map(parsed)
  if (!isHead(head) || head.model !== model || head.numbers === 0) return { images: [], numbers: 0 }
  const { numbers } = head
  const whole = rows.findIndex((row) => !isImage(row))
  const images = rows.slice(0, Math.min(whole, Math.floor(size / (numbers * 4)))).filter(isImage)
  return { images, numbers }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isHead(value: unknown): value is { readonly model: string; readonly numbers: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'model' in value &&
    'numbers' in value &&
    typeof value.numbers === 'number'
  )
}

function isImage(value: unknown): value is PredictedImage {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['name', 'digest', 'width', 'height', 'uncertainty', 'foreground'].every((key) => key in value)
  )
}

async function append(path: string, content: Uint8Array | string): Promise<void> {
  await appendFile(path, content).catch((cause: unknown) => {
    throw storageProblem(path, cause)
  })
}
