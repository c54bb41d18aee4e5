/** `suggest restore`: puts a backup in the place of the data folder's content; what was there stays beside. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { copyBlobs } from '../app/copy-blobs.ts'
import { loadConfig } from '../config.ts'
import { openDataFolder } from '../main/data-folder.ts'
import { lockPath, restore } from '../store/backup.ts'
import { openBlobs } from '../store/disk-blobs.ts'
import { lock } from '../store/lock.ts'
import { openStore } from '../store/sqlite-store.ts'
import { blobsIn, databaseIn, kindsOf, readNote, writeBackup } from './backup-folder.ts'
import type { CommandContext } from './context.ts'
import { requiredWord, splitPositional } from './flags.ts'

/** Help of the command. */
const restoreHelp = `suggest restore FOLDER [--data DIR]

Checks a backup, then puts it in the place of what the data folder holds. Refused while a server runs there.
What was there becomes a backup inside the data folder (replaced-1, replaced-2, ...), which can be restored
in the same way. Settings, tokens and image files stay.

  --data DIR  as for suggest serve; so is --config

Examples:
  suggest restore backups/monday
  suggest restore backups/monday --data other-folder
`

/** Runs the command. @throws Problem for everything that is wrong; the data folder is then what it was. */
export async function restoreCommand(
  args: string[],
  { print, on, signal, version }: CommandContext,
): Promise<void> {
  const flags = splitPositional('restore', args, 'folder', {
    data: { type: 'string' },
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return print(restoreHelp)
  const folder = resolve(requiredWord(flags, 'folder', 'the folder of a backup'))
  const note = await readNote(folder)
  const { data } = (await loadConfig(flags)).config
  await openDataFolder(data)
  const database = databaseIn(data)
  lock(lockPath(database))()
  const blobs = await openBlobs(blobsIn(data))
  // Before anything changes: a backup that is damaged in one place is no backup.
  const { damaged } = await copyBlobs(
    await openBlobs(blobsIn(folder)),
    blobs,
    kindsOf(note),
    signal,
  )
  if (damaged[0] !== undefined)
    throw new Problem('corrupt-blob', `${damaged[0]} Choose another backup; nothing was changed.`)
  const beside = existsSync(database) ? await setAside(data) : undefined
  const replaced = await restore(databaseIn(folder), database)
  if (beside !== undefined && replaced !== undefined)
    for (const part of ['', '-wal', '-shm']) await rm(replaced + part, { force: true })
  await forgetAbsentImages(database, data)
  print(`${data} holds the backup of ${note.madeAt} now.\n`)
  const old = beside ?? replaced
  if (old !== undefined) print(`What was there is kept in ${old}.\n`)

  /** @returns undefined for a database that is too damaged for a backup: its file is kept as it is */
  async function setAside(from: string): Promise<string | undefined> {
    let number = 1
    while (existsSync(join(from, `replaced-${number}`))) number++
    const to = join(from, `replaced-${number}`)
    const about = { version, madeAt: new Date().toISOString(), images: false }
    try {
      await writeBackup(from, to, about, signal)
      return to
    } catch (error) {
      await rm(to, { recursive: true, force: true })
      if (!(error instanceof Problem) || error.kind === 'cancelled') throw error
      on({ kind: 'warning', sentence: error.message })
      return undefined
    }
  }
}

/** Images that the backup knew and that are not in the cache here will be asked for again. */
async function forgetAbsentImages(database: string, data: string): Promise<void> {
  const store = await openStore(database)
  try {
    const blobs = await openBlobs(blobsIn(data))
    for (const { digest } of await store.leastUsedImages(Number.MAX_SAFE_INTEGER))
      if ((await blobs.facts('image', digest)) === undefined) await store.forgetImage(digest)
  } finally {
    await store.close()
  }
}
