/** Names of the versions under which predictions are published. */
import { createHash } from 'node:crypto'
import type { Publication } from '@suggestive/shared/tool'

const pattern = /^sa-r(\d+)-[0-9a-f]{8}$/

/** The same publication has the same name, so that what a crash has left behind is found again. */
export function versionOf({ revision, round, rows }: Publication): string {
  const hash = createHash('sha256').update(`${revision} ${round}\n`)
  for (const { taskKey, suggestion } of rows) {
    hash.update(`${taskKey} ${suggestion?.modelDigest ?? ''}\n`)
  }
  return `sa-r${revision}-${hash.digest('hex').slice(0, 8)}`
}

/** Anything else was made by others and is never touched. */
export const isOurs = (version: string): boolean => pattern.test(version)

export const revisionOf = (version: string): number => Number(pattern.exec(version)?.[1] ?? 0)
