import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { Database } from '@suggestive/sidecar/store/database'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { withFolder } from '../support/folders.ts'
import { countsOf, labelOf, openProject } from '../support/store.ts'

const keys = Array.from({ length: 350 }, (_, i) => `task-${i}`)
const unlabelled = { settings: { emptyMeans: 'unlabelled' } } as const

async function openEmpties(path: string) {
  const store = await openStore(path)
  await openProject(store, 'p', keys)
  const labels = keys.map((key) => labelOf(key, { outcome: 'empty' }))
  await store.putLabels('p', labels, false, 2)
  expect(await countsOf(store, 'p')).toMatchObject({ labelled: 350, empty: 350 })
  return store
}

it('a changed setting is applied in slices: others get in between', () =>
  withFolder({}, async (folder) => {
    const store = await openEmpties(join(folder, 'a.db'))
    const seen = new Set<number | undefined>()
    let isOver = false
    const changing = store.changeProject('p', unlabelled, 3).then(() => {
      isOver = true
    })
    while (!isOver) seen.add((await countsOf(store, 'p'))?.labelled)
    await changing
    expect(await countsOf(store, 'p')).toMatchObject({ labelled: 0, empty: 0 })
    expect(seen).toContain(150)
    await store.close()
  }))

it('what a crash interrupted is judged when the store is opened again', () =>
  withFolder({}, async (folder) => {
    const path = join(folder, 'a.db')
    await (await openEmpties(path)).close()
    const db = new Database(path)
    db.exec(`UPDATE projects SET settings = json_set(settings, '$.emptyMeans', 'unlabelled');
      INSERT INTO judgings (project, at) SELECT id, 3 FROM projects`)
    db.closeWhole()
    const store = await openStore(path)
    expect(await countsOf(store, 'p')).toMatchObject({ labelled: 0, empty: 0 })
    await store.close()
    const after = new Database(path)
    expect(after.all('SELECT * FROM judgings')).toEqual([])
    after.close()
  }))
