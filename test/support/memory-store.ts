/** The real store over a database in memory. */
import { Database } from '@suggestive/sidecar/store/database'
import { migrate } from '@suggestive/sidecar/store/migrations'
import { SqliteStore } from '@suggestive/sidecar/store/sqlite-store'

export async function openMemoryStore(): Promise<SqliteStore> {
  const db = new Database(':memory:')
  await migrate(db, async () => {})
  const nobody = () => {}
  return new SqliteStore(db, nobody, nobody)
}
