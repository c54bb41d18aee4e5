/** Copies of the whole database: made while everything goes on, checked before they are put in its place. */
import { existsSync } from 'node:fs'
import { copyFile, open, rename, rm } from 'node:fs/promises'
import { backup as copyPages } from '@photostructure/sqlite'
import { Problem } from '@suggestive/shared/problem'
import { integrityFault } from './check.ts'
import { Database } from './database.ts'
import { newestEvent } from './events.ts'
import { storageProblem } from './files.ts'
import { lock } from './lock.ts'
import { versionOf } from './migrations.ts'
import { damaged } from './sqlite-problem.ts'

/** All pages in one step: a snapshot that does not hold up writers. */
const allPages = 1_000_000_000

/**
 * A consistent copy; written beside `to`, then renamed.
 *
 * @throws Problem `storage-failed`
 */
export async function backup(from: string, to: string): Promise<void> {
  const beside = `${to}.partial`
  const source = new Database(from, { readOnly: true })
  try {
    await rm(beside, { force: true })
    await copyPages(source.connection, beside, { rate: allPages })
    new Database(beside).closeWhole()
    await sync(beside)
    await rename(beside, to)
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw cause instanceof Problem ? cause : storageProblem(to, cause)
  } finally {
    source.close()
  }
}

/**
 * Puts a backup in the place of the database `to`; what was there stays beside it. Its events are gone and their ids
 * begin far behind all that were ever given: whoever listened before gets a reset instead of a gap.
 *
 * @returns where the old database is now; undefined when there was none
 * @throws Problem `not-found`, `corrupt-store` when the backup is damaged or of a newer version (nothing is changed
 *   then), `conflict` while a sidecar works with `to`
 */
export async function restore(from: string, to: string): Promise<string | undefined> {
  if (!existsSync(from)) {
    throw new Problem(
      'not-found',
      `There is no backup ${from}: name a file that \`suggest backup\` wrote.`,
    )
  }
  checkFile(from)
  const unlock = lock(lockPath(to))
  try {
    const beside = `${to}.partial`
    await copyFile(from, beside)
    forgetEvents(beside, newestIn(to))
    await sync(beside)
    const kept = await setAside(to)
    await rename(beside, to)
    return kept
  } catch (cause) {
    throw cause instanceof Problem ? cause : storageProblem(to, cause)
  } finally {
    unlock()
  }
}

/** More than a server gives before it is backed up again. */
const idsApart = 1_000_000

function forgetEvents(path: string, newestBefore: number): void {
  const db = new Database(path)
  try {
    const newest = Math.max(newestEvent(db), newestBefore)
    db.exec(`DELETE FROM events; DELETE FROM sqlite_sequence WHERE name = 'events'`)
    db.run(`INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)`, newest + idsApart)
  } finally {
    db.closeWhole()
  }
}

/** 0 where there is no database, or one that cannot be read: that is why it is replaced. */
function newestIn(path: string): number {
  if (!existsSync(path)) return 0
  try {
    const db = new Database(path, { readOnly: true })
    try {
      return newestEvent(db)
    } finally {
      db.close()
    }
  } catch {
    return 0
  }
}

export function lockPath(database: string): string {
  return `${database}.lock`
}

function checkFile(path: string): void {
  const db = new Database(path, { readOnly: true })
  try {
    if (versionOf(db) === 0) throw damaged(path, 'it is empty')
    const fault = integrityFault(db)
    if (fault !== undefined) {
      throw new Problem(
        'corrupt-store',
        `The backup ${path} is damaged (${fault}): choose another one; nothing was changed.`,
      )
    }
  } finally {
    db.close()
  }
}

/** The log goes with its database: beside another one it would destroy it. */
async function setAside(path: string): Promise<string | undefined> {
  if (!existsSync(path) && !existsSync(`${path}-wal`)) return undefined
  let number = 1
  while (existsSync(`${path}.replaced-${number}`)) number++
  const kept = `${path}.replaced-${number}`
  for (const part of ['-wal', '-shm', '']) {
    if (existsSync(path + part)) await rename(path + part, kept + part)
  }
  return kept
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
