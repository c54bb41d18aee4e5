/** What a finished replay leaves behind: `curve.csv`, `result.json` and `report.html`. */
import type { Replayed } from '../replay.ts'
import { shownImages, type Thumbnails } from '../report/images.ts'
import { thumbnail } from '../report/thumbnail.ts'
import { reportPage } from '../report.ts'
import { curvesOf, curveTable } from './curve.ts'
import type { ReplayEvent } from './events.ts'
import { otsuScores } from './kinds.ts'
import type { Archive } from './record.ts'
import { type ReplayResult, resultOf, type Versions } from './result.ts'

/** Writes the three files, each at once; reads the test pictures and those that the report shows. */
export async function writeReplay(
  replayed: Replayed,
  versions: Versions,
  archive: Archive,
  on: (event: ReplayEvent) => void,
): Promise<ReplayResult> {
  const { test, classValues, records } = replayed
  // A threshold knows foreground and background only.
  const otsu = classValues.length === 2 ? await otsuScores(test) : undefined
  const result = resultOf(replayed, otsu, versions)
  const curves = curvesOf(records, result.settings.strategies, result.seeds)
  const files = [
    ['curve.csv', curveTable(curves, records)],
    ['result.json', `${JSON.stringify(result, null, 1)}\n`],
    ['report.html', reportPage(result, await thumbnailsOf(replayed, result))],
  ] as const
  for (const [name, text] of files) {
    await archive.write(name, text)
    on({ kind: 'written', name })
  }
  return result
}

async function thumbnailsOf({ pool, test }: Replayed, result: ReplayResult): Promise<Thumbnails> {
  const shown = shownImages(result)
  const thumbnails = new Map<string, string>()
  for (const source of [...pool, ...test]) {
    if (!shown.has(source.digest) || thumbnails.has(source.digest)) continue
    thumbnails.set(source.digest, thumbnail(await source.readPicture()))
  }
  return thumbnails
}
