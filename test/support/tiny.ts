/** Three small images with masks, and a training of seconds. */
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { encodeMask } from '@suggestive/sidecar/images'
import { encodePng } from '../bench/png.ts'
import type { TestFolder } from './folders.ts'

/** Width and height of the images. */
export const size = 64

export const engine = ['--engine', 'onnx', '--threads', '1']

/** Options of the smallest training there is. */
export const tiny = [
  ...['--iterations', '2', '--members', '1', '--crop', '32', '--batch', '1'],
  ...engine,
]

/** `images/p0.png` and `masks/p0.png` and so on. */
export async function writeTissue(folder: TestFolder, count: number, prefix = 'p'): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { picture, mask } = phantom({ seed: 1, index, size })
    const name = `${prefix}${index}.png`
    folder.write(`images/${name}`, encodePng(size, size, 3, Uint8Array.from(picture.data)))
    const values = mask.data.map((value) => 255 * value)
    folder.write(`masks/${name}`, await encodeMask(size, size, values))
  }
}
