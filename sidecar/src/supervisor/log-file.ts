/** The file that takes what the children log. */
import { copyFileSync, mkdirSync, openSync, statSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'

/** Beyond this the file is emptied; what was in it is kept beside it until the next time. */
const usualBytes = 50_000_000

/** Opens it for appending. @returns a file descriptor */
export function openLog(path: string, mostBytes = usualBytes): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  rotateLog(path, mostBytes)
  return openSync(path, 'a', 0o600)
}

/**
 * Copies and empties a file that has grown too large: the children go on writing to the one they have opened, at its
 * new end. What they write in between is lost.
 */
export function rotateLog(path: string, mostBytes = usualBytes): void {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (bytes <= mostBytes) return
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
}
