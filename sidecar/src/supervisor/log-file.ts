/** The file that takes what the children log. */
import { mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Beyond this a new file is begun at the start; the one before is kept, bytes. */
const mostBytes = 50_000_000

/** Opens it for appending. @returns a file descriptor */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (bytes > mostBytes) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}
