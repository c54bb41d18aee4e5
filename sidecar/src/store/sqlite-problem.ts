/** What SQLite says, in words for people. */
import { Problem } from '@suggestive/shared/problem'

/** Somebody else holds a lock. */
export const BUSY = 5
const CORRUPT = 11
const NOT_A_DATABASE = 26

/** Primary result codes for which the disk is to blame, and what to do. */
const storage: Readonly<Record<number, string>> = {
  8: 'it is read-only; change its permissions or choose another folder',
  10: 'the disk reports an error; check the disk',
  13: 'there is no space left on the disk; free some space',
  14: 'it cannot be opened; check that its folder exists and may be written to',
}

/** @returns undefined for errors that are ours: a broken statement, a broken constraint */
export function sqliteProblem(path: string, cause: unknown): Problem | undefined {
  const code = sqliteCode(cause)
  const said = messageOf(cause)
  if (code === CORRUPT || code === NOT_A_DATABASE) return damaged(path, said, cause)
  const reason = code === undefined ? undefined : storage[code]
  if (reason === undefined) return undefined
  return new Problem('storage-failed', `Cannot write ${path}: ${reason}.`, { cause })
}

/** Primary result code; undefined for what SQLite did not say. */
export function sqliteCode(cause: unknown): number | undefined {
  const isSqlite = typeof cause === 'object' && cause !== null && 'errcode' in cause
  return isSqlite && typeof cause.errcode === 'number' ? cause.errcode & 0xff : undefined
}

/** Errors of native code may come from another realm. */
function messageOf(cause: unknown): string {
  const hasMessage = typeof cause === 'object' && cause !== null && 'message' in cause
  return String(hasMessage ? cause.message : cause)
}

/** @param what is damaged, without a full stop */
export function damaged(path: string, what: string, cause?: unknown): Problem {
  const sentence = `The database ${path} is damaged (${what.replaceAll('\n', '; ')}): stop the sidecar and put a backup in its place with \`suggest restore FILE\`.`
  return new Problem('corrupt-store', sentence, { cause })
}
