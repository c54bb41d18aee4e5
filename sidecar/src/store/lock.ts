/** One sidecar per data folder: a lock of the operating system, which ends with the process that holds it. */
import { Problem } from '@suggestive/shared/problem'
import { Database } from './database.ts'
import { BUSY, sqliteCode } from './sqlite-problem.ts'

/**
 * @param path of a small file beside the database
 * @returns how to unlock
 * @throws Problem `conflict` when somebody else holds it
 */
export function lock(path: string): () => void {
  const file = new Database(path, { timeoutMs: 0 })
  try {
    // No journal: the file stays empty, and nothing is left behind by a killed process.
    file.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    if (sqliteCode(error) !== BUSY) throw error
    throw new Problem(
      'conflict',
      `Another sidecar already works with this data folder (it holds ${path}): stop it, or choose another folder.`,
      { cause: error },
    )
  }
  return () => file.close()
}
