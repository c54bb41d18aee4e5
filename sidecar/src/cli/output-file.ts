/** Whether a result can be written where it is wanted, found out before hours of work. */
import { constants } from 'node:fs'
import { access, mkdir, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { storageProblem } from '../store/files.ts'
import { systemCode } from '../system-code.ts'

/** @throws Problem when `path` is a folder, or when its folder is absent or cannot be written. */
export async function requireWritableFile(path: string): Promise<void> {
  if (await isFolder(path)) {
    throw new Problem('wrong-use', `--out ${path} is a folder: name a file in it.`)
  }
  const folder = dirname(resolve(path))
  if (!(await isFolder(folder))) {
    throw new Problem(
      'wrong-use',
      `Cannot write ${path}: there is no folder ${folder}; create it first.`,
    )
  }
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw storageProblem(path, cause)
  })
}

/** Makes the folder where it is absent. @throws Problem when that is impossible. */
export async function requireWritableFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.W_OK)
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') {
      throw new Problem('wrong-use', `--out ${path} is a file: name a folder.`, { cause })
    }
    throw storageProblem(path, cause)
  }
}

/** @throws Problem `storage-failed` when the disk of `folder` has less room than `bytes`. */
export async function requireRoom(folder: string, bytes: number, what: string): Promise<void> {
  // Unknown on some network disks: then the failure comes when it comes.
  const disk = await statfs(folder).catch(() => undefined)
  if (disk === undefined) return
  const free = disk.bavail * disk.bsize
  if (free >= bytes) return
  throw new Problem(
    'storage-failed',
    `There is no space left in ${folder}: ${what} need about ${megabytes(bytes)} and ${megabytes(free)} are free; free some space or choose another folder.`,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function megabytes(bytes: number): string {
  return `${Math.max(0, Math.round(bytes / 1e6))} MB`
}
