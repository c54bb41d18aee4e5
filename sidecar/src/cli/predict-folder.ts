/** The output folder of `predict`: maps of every image, the tables, and what an interrupted run has finished. */
import { join } from 'node:path'
import type { PredictedImage, PredictionShelf } from '../app/predict.ts'
import type { Model } from '../domain/model.ts'
import { writeNpy } from '../domain/npy.ts'
import { writeAtomically } from '../store/files.ts'
import { hasMaps, writeMaps } from './predict-maps.ts'
import { openPredictState } from './predict-state.ts'

export interface PredictFolder extends PredictionShelf {
  /** Images that an earlier run has finished. */
  readonly finished: number
  /** Writes scores.csv, uncertainty.npy and descriptors.npy with a row per image. */
  writeTables(images: readonly PredictedImage[]): Promise<void>
  /** Removes what only an interrupted run needs. */
  forget(): Promise<void>
}

/** The folder must exist. Results of another model in it are replaced. */
export async function openPredictFolder(folder: string, model: Model): Promise<PredictFolder> {
  const { classValues } = model.header
  const state = await openPredictState(folder, model.digest)
  return {
    finished: state.finished,

    async kept({ name, digest }) {
      const image = state.find(name)
      if (image?.digest !== digest) return undefined
      return (await hasMaps(folder, name, classValues)) ? image : undefined
    },

    async keep(image, prediction) {
      await writeMaps(folder, image.name, prediction, classValues)
      await state.add(image, prediction.descriptor)
    },

    async writeTables(images) {
      const write = (name: string, content: Parameters<typeof writeAtomically>[1]) =>
        writeAtomically(join(folder, name), content)
      const uncertainty = Float32Array.from(images, (image) => image.uncertainty)
      await write('scores.csv', scoresCsv(images))
      await write('uncertainty.npy', writeNpy(uncertainty, [images.length]))
      await write('descriptors.npy', state.descriptors(images.map(({ name }) => name)))
    },

    forget: () => state.forget(),
  }
}

/** A line per image with its row from 0. */
export function scoresCsv(images: readonly PredictedImage[]): string {
  const lines = images.map(({ name, width, height, uncertainty, foreground }, row) =>
    [row, quoted(name), width, height, uncertainty, foreground].join(','),
  )
  return `${['row,name,width,height,uncertainty,foreground', ...lines].join('\n')}\n`
}

/** As RFC 4180 wants it. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
