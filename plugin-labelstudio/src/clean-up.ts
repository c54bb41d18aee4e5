/** Versions of predictions that are not needed any more. */
import type { Client } from './client.ts'
import { isOurs, revisionOf } from './publication/version.ts'
import { previousOf } from './published.ts'
import type { MemoryStore } from './state.ts'

/**
 * Deletes our versions but the one that serves and the one before, which a rollback needs; what others made stays. In large
 * projects it takes minutes, in which a Label Studio on SQLite takes no annotation: see `mostRows`.
 *
 * @param mostRows larger versions are left for another time
 * @returns versions that were left
 */
export async function cleanUp(
  client: Client,
  project: number,
  memory: MemoryStore,
  mostRows: number,
  signal: AbortSignal,
): Promise<number> {
  const counts = await client.modelVersions(project, signal)
  const { model_version: serving } = await client.project(project, signal)
  // Somebody has changed it, or nothing is published: then nobody knows which ones matter.
  if (serving === null || !isOurs(serving)) return 0
  // Later ones are under way.
  const others = Object.keys(counts).filter(
    (version) =>
      isOurs(version) && version !== serving && revisionOf(version) <= revisionOf(serving),
  )
  const remembered = previousOf(await memory.read())?.modelVersion
  const previous =
    remembered !== undefined && others.includes(remembered)
      ? remembered
      : others.toSorted((a, b) => revisionOf(a) - revisionOf(b)).at(-1)
  let left = 0
  for (const version of others) {
    if (version === previous) continue
    if ((counts[version] ?? 0) > mostRows) left += 1
    else await client.deleteModelVersion(project, version, signal)
  }
  return left
}
