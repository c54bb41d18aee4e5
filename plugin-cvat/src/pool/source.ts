/** Where the frames of a new task come from: no bytes move when CVAT has them at a place of its own (contract section 6). */
import type { DataMeta } from '../client/wire.ts'
import type { Client, TaskData } from '../client.ts'
import type { Place, Pool } from '../pool.ts'

export interface Source {
  readonly from: TaskData['from']
  readonly cloudStorage: number | undefined
  /** Names that the new task's frames will have, unique, in the order of the places. */
  readonly files: readonly string[]
}

/** The share, or one cloud storage, if all of them lie there; otherwise they are read and sent again. */
export function sourceOf(places: readonly Place[], pool: Pool): Source {
  const metas = places.map(({ task }) => pool.tasks.get(task)?.meta)
  const names = places.map(({ name }) => name)
  const areDistinct = new Set(names).size === names.length
  const cloud = metas[0]?.cloud_storage_id ?? undefined
  if (areDistinct && cloud !== undefined && metas.every((one) => one?.cloud_storage_id === cloud)) {
    return { from: 'cloud', cloudStorage: cloud, files: names }
  }
  const isShared = metas.every(
    (one) => one?.storage === 'share' && typeof one.cloud_storage_id !== 'number',
  )
  if (areDistinct && isShared) return { from: 'share', cloudStorage: undefined, files: names }
  return { from: 'upload', cloudStorage: undefined, files: uploadNames(places) }
}

/** @param groups one job each, by position in `places`; absent: by the segment size */
export function dataFrom(
  { from, cloudStorage, files }: Source,
  places: readonly Place[],
  client: Pick<Client, 'frame'>,
  groups?: readonly (readonly number[])[],
): TaskData {
  const grouped =
    groups === undefined
      ? {}
      : { groups: groups.map((group) => group.flatMap((at) => files[at] ?? [])) }
  if (from !== 'upload') {
    const where = cloudStorage === undefined ? {} : { cloudStorage }
    return { from, files, ...where, ...grouped }
  }
  const byName = new Map(files.map((file, at) => [file, places[at]]))
  return {
    from,
    files,
    ...grouped,
    async read(name, signal) {
      const place = byName.get(name)
      if (place === undefined) throw new Error(`There is no frame ${name} to send.`)
      return client.frame(place.task, place.frame, signal)
    },
  }
}

/** For each frame of the new task its position in `files`, whatever order CVAT has made of them; -1 for others. */
export function positionsIn(
  { frames }: Pick<DataMeta, 'frames'>,
  files: readonly string[],
): readonly number[] {
  const exact = new Map(files.map((file, at) => [file, at]))
  // Servers may leave folders out; a name that two files have then says nothing.
  const plain = new Map<string, number>()
  for (const [at, file] of files.entries()) {
    const name = file.split('/').at(-1) ?? file
    plain.set(name, plain.has(name) ? -1 : at)
  }
  return frames.map(({ name }) => exact.get(name) ?? plain.get(name) ?? -1)
}

/** Folders stay behind; the same name in two tasks gets the task in front. */
function uploadNames(places: readonly Place[]): readonly string[] {
  const plain = places.map(({ name }) => name.split('/').at(-1) ?? name)
  const counts = new Map<string, number>()
  for (const name of plain) counts.set(name, (counts.get(name) ?? 0) + 1)
  return places.map(({ task, frame }, at) => {
    const name = plain[at] ?? ''
    return counts.get(name) === 1 ? name : `${task}-${frame}-${name}`
  })
}
