import { afterAll, describe, expect, it } from '@jest/globals'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { openStoreThread } from '@suggestive/sidecar/store/thread'
import { openFolder } from '../support/folders.ts'
import { newProject } from '../support/store.ts'
import { jobsContract } from './jobs.ts'
import { storeContract } from './store.ts'

const folder = openFolder()
afterAll(() => folder.remove())

storeContract('SQLite', () => openStore(`${folder.path}/here.db`))
storeContract('SQLite in a thread', async () => {
  const { store } = await openStoreThread(`${folder.path}/thread.db`)
  return store
})

describe('projects that the serving thread knows', () => {
  it('are as the last write that was answered left them, also for those who ask meanwhile', async () => {
    const { store, close } = await openStoreThread(`${folder.path}/known.db`)
    await store.createProject(newProject('known'), 1)
    const version = async () => (await store.project('known'))?.version ?? 0
    const seen: number[] = []
    let isOver = false
    const reading = (async () => {
      while (!isOver) {
        seen.push(await version())
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let i = 1; i <= 50; i++) {
      const writing = store.changeProject('known', { name: `name ${i}` }, i)
      // Asked before the commit, and perhaps answered after it.
      void version()
      await writing
      expect((await store.project('known'))?.name).toBe(`name ${i}`)
    }
    isOver = true
    await reading
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(new Set(seen).size).toBeGreaterThan(10)
    await close()
  })

  it('are not asked for again until something is committed', async () => {
    const { store, close } = await openStoreThread(`${folder.path}/kept.db`)
    await store.createProject(newProject('kept'), 1)
    const first = await store.project('kept')
    expect(await store.project('kept')).toBe(first)
    await store.createProject(newProject('other'), 2)
    expect(await store.project('kept')).not.toBe(first)
    await close()
  })
})

jobsContract('SQLite', async () => {
  const store = await openStore(`${folder.path}/jobs.db`)
  return { jobs: store, close: () => store.close() }
})
jobsContract('SQLite in a thread', () => openStoreThread(`${folder.path}/thread-jobs.db`))
