/** A backup: a folder with the database, the blobs that cannot be made again, and a note that it is complete. */
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import { type Copied, copyBlobs } from '../app/copy-blobs.ts'
import { readJson } from '../config/file.ts'
import type { BlobKind } from '../ports/blobs.ts'
import { backup } from '../store/backup.ts'
import { openBlobs } from '../store/disk-blobs.ts'
import { writeAtomically } from '../store/files.ts'

/** Written last: a folder without it is not complete. */
const noteName = 'backup.json'
const note = z.object({
  format: z.literal(1),
  version: z.string(),
  madeAt: z.string(),
  images: z.boolean(),
})
export type BackupNote = z.infer<typeof note>

/** Everything but images, which are a cache of what the labelling tool has. */
const kept: readonly BlobKind[] = ['model', 'map', 'member', 'shard']

export const databaseIn = (folder: string) => join(folder, 'suggest.db')
export const blobsIn = (folder: string) => join(folder, 'blobs')
export const kindsOf = ({ images }: Pick<BackupNote, 'images'>): readonly BlobKind[] =>
  images ? [...kept, 'image'] : kept

/**
 * Copies a data folder, also while a sidecar works with it.
 *
 * @param to absent or empty
 * @throws Problem `not-found` when there is no database, `wrong-use` when `to` holds something, `storage-failed`
 */
export async function writeBackup(
  data: string,
  to: string,
  about: Omit<BackupNote, 'format'>,
  signal: AbortSignal,
): Promise<Copied> {
  if (!existsSync(databaseIn(data)))
    throw new Problem(
      'not-found',
      `There is no database in ${data}: name the data folder of the server with --data.`,
    )
  await requireEmpty(to)
  await mkdir(to, { recursive: true, mode: 0o700 })
  const [from, target] = [await openBlobs(blobsIn(data)), await openBlobs(blobsIn(to))]
  const copy = () => copyBlobs(from, target, kindsOf(about), signal)
  // Twice: what the database refers to was there before it was copied, or came while the blobs were.
  const first = await copy()
  await backup(databaseIn(data), databaseIn(to))
  const second = await copy()
  const whole: BackupNote = { format: 1, ...about }
  await writeAtomically(join(to, noteName), `${JSON.stringify(whole)}\n`)
  return {
    count: first.count + second.count,
    bytes: first.bytes + second.bytes,
    damaged: second.damaged,
  }
}

/** @throws Problem `not-found` when the folder is no complete backup */
export async function readNote(folder: string): Promise<BackupNote> {
  const parsed = note.safeParse(await readJson(join(folder, noteName)))
  if (parsed.success && existsSync(databaseIn(folder))) return parsed.data
  throw new Problem(
    'not-found',
    `${folder} is no complete backup: name a folder that suggest backup wrote to its end.`,
  )
}

async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  if (names.length === 0) return
  throw new Problem(
    'wrong-use',
    `${folder} is not empty: name a new folder, so that no other backup is overwritten.`,
  )
}
