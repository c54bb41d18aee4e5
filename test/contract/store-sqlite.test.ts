import { afterAll } from '@jest/globals'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { openStoreThread } from '@suggestive/sidecar/store/thread'
import { openFolder } from '../support/folders.ts'
import { jobsContract } from './jobs.ts'
import { storeContract } from './store.ts'

const folder = openFolder()
afterAll(() => folder.remove())

storeContract('SQLite', () => openStore(`${folder.path}/here.db`))
storeContract('SQLite in a thread', async () => {
  const { store } = await openStoreThread(`${folder.path}/thread.db`)
  return store
})

jobsContract('SQLite', async () => {
  const store = await openStore(`${folder.path}/jobs.db`)
  return { jobs: store, close: () => store.close() }
})
jobsContract('SQLite in a thread', () => openStoreThread(`${folder.path}/thread-jobs.db`))
