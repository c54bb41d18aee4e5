/** Image folders as the pool and the test set of a replay, and the output folder as its archive. */
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import type { Archive } from '../app/replay/record.ts'
import { type ReplaySets, type ReplaySource, splitEveryFifth } from '../app/replay/source.ts'
import type { LabelRaster } from '../domain/components.ts'
import { createPictureCache, labelledSources } from '../folder.ts'
import { decodeObjects } from '../images.ts'
import { storageProblem, writeAtomically } from '../store/files.ts'
import { systemCode } from '../system-code.ts'

export interface ReplayFolders {
  readonly images: string
  readonly masks: string
  /** Both or none; without them every fifth image is a test image. */
  readonly test?: { readonly images: string; readonly masks: string }
  /** Object ids of the test images, NAME.png. */
  readonly objects?: string
  /** A table with the columns `name` and `kind`. */
  readonly kinds?: string
}

export interface FolderSets extends ReplaySets {
  readonly classValues: readonly number[]
  readonly warnings: readonly string[]
}

/** @throws Problem for anything that is missing or does not fit together. */
export async function folderSets(folders: ReplayFolders): Promise<FolderSets> {
  const cache = createPictureCache()
  const labelled = await labelledSources(folders.images, folders.masks, { cache })
  const { classValues } = labelled
  const kinds = folders.kinds === undefined ? undefined : await readKinds(folders.kinds)
  const kindly = (source: ReplaySource): ReplaySource => {
    const kind = kinds?.get(source.name)
    return kind ? { ...source, kind } : source
  }
  const own = labelled.sources.map(kindly)
  if (kinds && own.every(({ kind }) => kind === undefined)) {
    throw new Problem(
      'wrong-use',
      `The table ${folders.kinds} of --kinds names none of the images in ${folders.images}; its column "name" holds file names without extension.`,
    )
  }
  const { pool, test } = folders.test
    ? {
        pool: own,
        test: (
          await labelledSources(folders.test.images, folders.test.masks, { classValues, cache })
        ).sources.map(kindly),
      }
    : splitEveryFifth(own)
  return {
    pool,
    test: folders.objects === undefined ? test : await withObjects(test, folders.objects),
    classValues,
    warnings: labelled.warnings,
  }
}

/** Every file is read once here: a missing one must not end a replay that has trained for hours. */
async function withObjects(test: readonly ReplaySource[], folder: string): Promise<ReplaySource[]> {
  const sources: ReplaySource[] = []
  for (const source of test) {
    const path = join(folder, `${source.name}.png`)
    await readObjects(path, source)
    sources.push({ ...source, readObjects: () => readObjects(path, source) })
  }
  return sources
}

async function readObjects(path: string, source: ReplaySource): Promise<LabelRaster> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Problem(
      'wrong-use',
      `${source.name} has no readable object ids at ${path}; --test-objects needs NAME.png for every test image.`,
      { cause },
    )
  })
  const { width, height, ids } = await decodeObjects(bytes, path)
  const mask = await source.readMask()
  if (mask.width !== width || mask.height !== height) {
    throw new Problem(
      'wrong-use',
      `The object ids ${path} have ${width} x ${height} pixels, but the mask of ${source.name} has ${mask.width} x ${mask.height}; save them at the size of the mask.`,
    )
  }
  return { width, height, data: ids }
}

/** Kind by image name, from the first two columns that are called `name` and `kind`. */
async function readKinds(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Problem('wrong-use', `The table ${path} of --kinds cannot be read; check the path.`, {
      cause,
    })
  })
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const columns = cells(head)
  const name = columns.indexOf('name')
  const kind = columns.indexOf('kind')
  if (name < 0 || kind < 0) {
    throw new Problem(
      'wrong-use',
      `The table ${path} of --kinds needs the columns "name" and "kind" in its first line, separated by commas.`,
    )
  }
  return new Map(
    lines.map((line) => {
      const row = cells(line)
      return [row[name] ?? '', row[kind] ?? '']
    }),
  )
}

function cells(line: string): string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
}

/** The output folder; it is made when the first file is written. */
export function folderArchive(folder: string): Archive {
  return {
    async read(name) {
      return await readFile(join(folder, name), 'utf8').catch((cause: unknown) => {
        if (systemCode(cause) === 'ENOENT') return undefined
        throw new Problem(
          'unreadable-input',
          `${join(folder, name)} cannot be read; check that it is a file that you may read.`,
          { cause },
        )
      })
    },
    async write(name, text) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
        throw storageProblem(path, cause)
      })
      await writeAtomically(path, text)
    },
  }
}
