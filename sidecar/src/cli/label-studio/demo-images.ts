/** Images for a demo project: generated ones, or those of a folder. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { phantomSets } from '../../app/replay/phantoms.ts'
import { encodeColour } from '../../images.ts'
import { listImages } from '../../listing.ts'
import type { ImageFile } from './project.ts'

const generated = { count: 64, size: 128 }

/** Which of the endless series of generated images; the same for everybody. */
const seed = 1

/** @param folder the generated ones when undefined @throws Problem for a folder without images */
export async function demoImages(folder: string | undefined): Promise<readonly ImageFile[]> {
  if (folder === undefined) {
    const { pool } = phantomSets(seed, generated.count, generated.size)
    return Promise.all(
      pool.map(async ({ name, readPicture }) => {
        const { width, height, data } = await readPicture()
        const bytes = await encodeColour(width, height, Uint8Array.from(data))
        return { name: `${name}.png`, bytes: Uint8Array.from(bytes) }
      }),
    )
  }
  const files = await listImages(folder)
  return Promise.all(
    files.map(async ({ path }) => ({
      name: basename(path),
      bytes: Uint8Array.from(await readFile(path)),
    })),
  )
}
