/** Brings a database file to the version of this program, one numbered step after the other. */
import { Problem } from '@suggestive/shared/problem'
import type { Database } from './database.ts'
import { numberOf } from './row.ts'
import { tables } from './schema.ts'

/** Number 1 first; a published one is never changed. */
const migrations: readonly string[] = [tables]

/** `suga`, in the header of the file: it is ours. */
const applicationId = 0x73756761

/**
 * Each step is one transaction together with its number: a step that was interrupted has not happened.
 *
 * @param keep called before an existing database is changed; makes a backup of it
 * @throws Problem `corrupt-store` when the file is of a newer version or of another program
 */
export async function migrate(
  db: Database,
  keep: (version: number) => Promise<void>,
  steps: readonly string[] = migrations,
): Promise<void> {
  const version = versionOf(db, steps.length)
  if (version > 0 && version < steps.length) await keep(version)
  steps.slice(version).forEach((step, i) => {
    db.transaction(() => {
      db.exec(step)
      db.exec(`PRAGMA user_version = ${version + i + 1}; PRAGMA application_id = ${applicationId}`)
    })
  })
}

/** @throws Problem `corrupt-store` when the file is of a newer version or of another program */
export function versionOf(db: Database, newest = migrations.length): number {
  const version = pragma(db, 'user_version')
  const isEmpty = db.get('SELECT 1 FROM sqlite_schema LIMIT 1') === undefined
  if (!isEmpty && pragma(db, 'application_id') !== applicationId) {
    throw new Problem(
      'corrupt-store',
      `The file ${db.path} is the database of another program: choose another data folder or file.`,
    )
  }
  if (version > newest) {
    throw new Problem(
      'corrupt-store',
      `The database ${db.path} was written by a newer version of this program (${version}, this one knows ${newest}): start the newer version, or put a backup of this version in its place with \`suggest restore FILE\`.`,
    )
  }
  return version
}

function pragma(db: Database, name: string): number {
  return numberOf(db.get(`PRAGMA ${name}`) ?? {}, name)
}
