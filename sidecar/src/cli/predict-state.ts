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

/**
 * What an earlier run of this model has left in the folder, or a fresh start.
 *
 * @param numbers length of a descriptor
 */
export async function openPredictState(
  folder: string,
  model: string,
  numbers: number,
): Promise<PredictState> {
  const rowsPath = join(folder, '.predict-rows.jsonl')
  const descriptorsPath = join(folder, '.predict-descriptors.f32')
  const bytesPerRow = numbers * 4
  const size = await stat(descriptorsPath).then(
    (found) => found.size,
    () => 0,
  )
  const lines = await readFile(rowsPath, 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  )
  const kept = parsed(lines, model).slice(0, Math.floor(size / bytesPerRow))
  // What a power cut has torn off at the end is cut away in both files.
  const texts = [{ model }, ...kept].map((line) => `${JSON.stringify(line)}\n`)
  await writeAtomically(rowsPath, texts.join(''))
  await append(descriptorsPath, '')
  await truncate(descriptorsPath, kept.length * bytesPerRow)
  const entries = new Map<string, Entry>(kept.map((image, place) => [image.name, { image, place }]))
  let next = kept.length

  return {
    finished: kept.length,
    find: (name) => entries.get(name)?.image,

    async add(image, descriptor) {
      if (descriptor.length !== numbers) throw new RangeError(`${descriptor.length} != ${numbers}`)
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
          const row = new Uint8Array(bytesPerRow)
          await file.read(row, 0, bytesPerRow, (entries.get(name)?.place ?? 0) * bytesPerRow)
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

/** The images in the lines of a file that begins with this model; up to the first line that is damaged. */
function parsed([head = '', ...lines]: readonly string[], model: string): PredictedImage[] {
  const images: PredictedImage[] = []
  if (head !== JSON.stringify({ model })) return images
  for (const line of lines) {
    try {
      const value: unknown = JSON.parse(line)
      if (!isImage(value)) break
      images.push(value)
    } catch {
      break
    }
  }
  return images
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
