/** How good a model of the server is on images that nobody has annotated. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { countPixels, dice, mean } from '@suggestive/sidecar/domain/metrics'
import { otsuScore } from '@suggestive/sidecar/domain/otsu'
import { decodeMask } from '@suggestive/sidecar/images'
import { pngOf, tissue } from './one-tissue.ts'
import { bin } from './suggest.ts'

export interface Unseen {
  /** Mean Dice of Otsu's threshold in its better polarity. */
  readonly otsu: number
  /** Mean Dice of the model. */
  dice(model: Uint8Array, name: string): Promise<number>
}

/** Far behind the images that are annotated. */
const first = 10_000

/** @param folder for the images and results @param engine as `suggest predict` takes it */
export function unseenImages(
  folder: string,
  engine: string,
  { count, size, seed }: { readonly count: number; readonly size: number; readonly seed: number },
): Unseen {
  const images = join(folder, 'unseen')
  mkdirSync(images, { recursive: true })
  const made = tissue({ seed, size, first, count })
  for (const [i, one] of made.entries()) writeFileSync(join(images, `unseen-${i}.png`), pngOf(one))
  return {
    otsu: mean(made.map(({ picture, mask }) => otsuScore(picture, mask).dice)),
    async dice(model, name) {
      const file = join(folder, `${name}.safetensors`)
      const out = join(folder, name)
      writeFileSync(file, model)
      const words = ['predict', '--model', file, '--images', images, '--out', out]
      await promisify(execFile)(process.execPath, [bin, ...words, '--engine', engine])
      const scores = made.map(async ({ mask }, i) => {
        const path = join(out, `unseen-${i}.mask.png`)
        const { width, height, values } = await decodeMask(readFileSync(path), path)
        const data = values.map((value) => (value === 0 ? 0 : 1))
        const [, counts] = countPixels({ width, height, data }, mask, 2)
        return counts === undefined ? 0 : dice(counts)
      })
      return mean(await Promise.all(scores))
    },
  }
}
