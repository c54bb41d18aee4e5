/** Writes files so that a reader sees either the old or the new content, never a part. */
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { systemCode } from '../system-code.ts'

let counter = 0

/**
 * Writes beside the target, forces the bytes to the disk, then renames.
 *
 * @throws Problem `storage-failed`, naming the file, when the disk is full, read-only or refuses;
 *   the target is then what it was before, and nothing is left beside it
 * @param mode permissions of a new file, e.g. 0o600; the usual ones when absent
 */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string | AsyncIterable<Uint8Array>,
  mode?: number,
): Promise<void> {
  counter++
  const folder = dirname(path)
  const beside = join(folder, `.${basename(path)}.${process.pid}-${counter}.partial`)
  try {
    const file = await open(beside, 'w', mode)
    try {
      await writeFile(file, content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw storageProblem(path, cause)
  }
  await syncFolder(folder)
}

/** Makes the rename itself survive a power cut, where folders can be opened at all (not on Windows). */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    // The content is complete either way.
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left on the disk; free some space and start again',
  EDQUOT: 'the quota of this user is used up; free some space and start again',
  EFBIG: 'the file is larger than is allowed here; raise the limit or choose another folder',
  EROFS: 'the disk is read-only; choose another folder',
  EACCES: 'writing is not allowed there; choose another folder or change its permissions',
  EPERM: 'writing is not allowed there; choose another folder or change its permissions',
  ENOENT: 'its folder does not exist; create it first',
  ENOTDIR: 'a part of its path is a file; choose another folder',
  EISDIR: 'there is a folder of that name; choose another name',
  ENOTEMPTY: 'there is a folder of that name; choose another name',
}

/** The failure to write `path` as one sentence with its remedy. */
export function storageProblem(path: string, cause: unknown): Problem {
  const code = systemCode(cause)
  const reason = reasons[code] ?? `the system says ${code || String(cause)}; check the disk`
  return new Problem('storage-failed', `Cannot write ${path}: ${reason}.`, { cause })
}
