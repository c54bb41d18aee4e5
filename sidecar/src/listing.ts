/** Finds the image files of a folder and the mask file of each. */
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { imageExtensions } from './images.ts'
import { systemCode } from './system-code.ts'

export interface ImageFile {
  /** File name without extension. */
  readonly name: string
  readonly path: string
}

export interface PairedFile extends ImageFile {
  readonly maskPath: string
}

/**
 * The image files of a folder by name in byte order; hidden files, folders and other kinds of files
 * are ignored.
 *
 * @throws Problem `wrong-use` when there is no folder, no image in it, or two images of one name
 */
export async function listImages(folder: string): Promise<ImageFile[]> {
  const all = await fileNames(folder)
  const kinds: readonly string[] = imageExtensions
  const images = all
    .filter((file) => kinds.includes(extname(file).toLowerCase()))
    .map((file) => ({ name: stem(file), path: join(folder, file) }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  if (images.length === 0) {
    const others = all.length === 0 ? 'is empty' : `holds ${all.length} files, but no images`
    throw new Problem(
      'wrong-use',
      `The folder ${folder} ${others}: put images with the extensions ${imageExtensions.join(' ')} there.`,
    )
  }
  const seen = new Map<string, ImageFile>()
  for (const image of images) {
    const other = seen.get(sameName(image.name))
    if (other !== undefined) {
      throw new Problem(
        'wrong-use',
        `Two images have the name ${image.name}, ${other.path} and ${image.path}, but results are named after their image: rename or remove one.`,
      )
    }
    seen.set(sameName(image.name), image)
  }
  return images
}

/**
 * Every image with its mask, NAME.png or NAME.mask.png in the mask folder, in the order of the
 * images. The other maps that `suggest predict` writes may lie beside the masks.
 *
 * @throws Problem `wrong-use` that names masks missing, masks without image and names with two masks
 */
export async function pairMasks(
  images: readonly ImageFile[],
  maskFolder: string,
): Promise<PairedFile[]> {
  const known = new Set(images.map((image) => sameName(image.name)))
  const masks = new Map<string, string>()
  const strangers: string[] = []
  for (const file of await fileNames(maskFolder)) {
    if (extname(file).toLowerCase() !== '.png') continue
    const full = sameName(stem(file))
    const name = known.has(full) ? full : full.replace(/\.mask$/, '')
    if (!known.has(name)) {
      const isMap = /\.(uncertainty|probability(\.\d+)?)$/.exec(full)
      if (isMap === null || !known.has(full.slice(0, isMap.index))) strangers.push(file)
      continue
    }
    const other = masks.get(name)
    if (other !== undefined) {
      throw new Problem(
        'wrong-use',
        `The image ${name} has two masks in ${maskFolder}, ${other} and ${file}: keep the right one.`,
      )
    }
    masks.set(name, file)
  }
  const missing = images.filter((image) => !masks.has(sameName(image.name)))
  if (missing.length > 0 || strangers.length > 0) {
    throw mismatch(missing, strangers.sort(), maskFolder)
  }
  return images.map((image) => ({
    ...image,
    maskPath: join(maskFolder, masks.get(sameName(image.name)) ?? ''),
  }))
}

function mismatch(
  missing: readonly ImageFile[],
  strangers: readonly string[],
  maskFolder: string,
): Problem {
  const parts: string[] = []
  if (missing.length > 0) {
    const names = list(missing.map((image) => image.name))
    parts.push(`${missing.length} images have no mask in ${maskFolder} (${names})`)
  }
  if (strangers.length > 0) {
    parts.push(`${strangers.length} masks in ${maskFolder} have no image (${list(strangers)})`)
  }
  return new Problem(
    'wrong-use',
    `${parts.join(', and ')}: name the mask of NAME.jpg NAME.png or NAME.mask.png, and remove what has no partner.`,
  )
}

function list(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '')
}

function stem(file: string): string {
  return file.slice(0, file.length - extname(file).length)
}

/** Systems store accents composed or decomposed: the same name for people is the same name here. */
function sameName(name: string): string {
  return name.normalize('NFC')
}

async function fileNames(folder: string): Promise<string[]> {
  try {
    const names: string[] = []
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      // A link counts as what it leads to; one that leads nowhere is reported when it is read.
      const isFolder = entry.isSymbolicLink()
        ? await stat(join(folder, entry.name)).then(
            (target) => target.isDirectory(),
            () => false,
          )
        : entry.isDirectory()
      if (!isFolder) names.push(entry.name)
    }
    return names
  } catch (cause) {
    const code = systemCode(cause)
    const what = code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is no folder' : ''
    throw new Problem(
      'wrong-use',
      `The folder ${folder} ${what || `cannot be read (${code})`}: check the path.`,
      { cause },
    )
  }
}
