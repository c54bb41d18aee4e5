import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { backup, restore } from '@suggestive/sidecar/store/backup'
import { Database } from '@suggestive/sidecar/store/database'
import { migrate } from '@suggestive/sidecar/store/migrations'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'
import { labelOf, newProject, openProject, taskOf } from '../support/store.ts'

/** A closed database with a project of these tasks. */
async function filled(path: string, tasks = 3) {
  const store = await openStore(path)
  const keys = Array.from({ length: tasks }, (_, i) => `t${i}`)
  await openProject(store, 'p', keys)
  await store.putLabels('p', [labelOf('t0')], false, 2)
  await store.close()
}

async function tasksIn(path: string) {
  const store = await openStore(path)
  try {
    return (await store.project('p'))?.counts.tasks
  } finally {
    await store.close()
  }
}

function change(path: string, sql: string) {
  const db = new Database(path)
  db.exec(sql)
  db.close()
}

describe('a data folder', () => {
  it('serves one sidecar at a time', () =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      const store = await openStore(path)
      const sentence = await problemOf('conflict', () => openStore(path))
      expect(sentence).toMatch(/^Another sidecar already works with this data folder .*: stop it/)
      await store.createProject(newProject('p'), 1)
      await store.close()
      expect(await tasksIn(path)).toBe(0)
    }))
})

describe('a connection', () => {
  it('answers a commit when it is on the disk', () =>
    withFolder({}, (folder) => {
      const db = new Database(`${folder}/a.db`)
      db.makeDurable(1000)
      // 2: FULL, with which each commit syncs the log.
      expect(db.get('PRAGMA synchronous')).toMatchObject({ synchronous: 2 })
      expect(db.get('PRAGMA journal_mode')).toMatchObject({ journal_mode: 'wal' })
      expect(db.get('PRAGMA foreign_keys')).toMatchObject({ foreign_keys: 1 })
      db.close()
    }))

  it('keeps its log when another one is open, and the next one reads it', () =>
    withFolder({}, (folder) => {
      const path = `${folder}/a.db`
      const [db, other] = [new Database(path), new Database(path)]
      db.makeDurable(1000)
      db.exec('CREATE TABLE one (a)')
      other.exec('SELECT * FROM one')
      db.closeWhole()
      other.close()
      const next = new Database(path)
      expect(next.all('SELECT * FROM one')).toEqual([])
      next.close()
    }))
})

describe('migrations', () => {
  const one = 'CREATE TABLE one (a)'
  const tables = (db: Database) =>
    db
      .all(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
      .map(({ name }) => name)

  it('happen once, each with its number; an interrupted one has not happened', () =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      const kept: number[] = []
      const keep = async (version: number) => {
        kept.push(version)
        await backup(path, `${folder}/before.db`)
      }
      const db = new Database(path)
      await migrate(db, keep, [one])
      await migrate(db, keep, [one])
      expect([tables(db), kept]).toEqual([['one'], []])
      const broken = 'CREATE TABLE two (a); INSERT INTO missing VALUES (1)'
      await expect(migrate(db, keep, [one, broken])).rejects.toThrow('missing')
      expect(tables(db)).toEqual(['one'])
      await migrate(db, keep, [one, 'CREATE TABLE two (a)', 'CREATE TABLE three (a)'])
      expect([tables(db), kept]).toEqual([
        ['one', 'three', 'two'],
        [1, 1],
      ])
      db.close()
      const before = new Database(`${folder}/before.db`, { readOnly: true })
      expect(tables(before)).toEqual(['one'])
      before.close()
    }))

  it('refuse files of a newer version and of another program, and leave them as they are', () =>
    withFolder({}, async (folder) => {
      await filled(`${folder}/newer.db`)
      change(`${folder}/newer.db`, 'PRAGMA user_version = 99')
      change(`${folder}/other.db`, 'CREATE TABLE recipes (a)')
      const before = readFileSync(`${folder}/other.db`)
      const newer = await problemOf('corrupt-store', () => openStore(`${folder}/newer.db`))
      expect(newer).toMatch(/newer version of this program \(99, this one knows \d+\)/)
      const other = await problemOf('corrupt-store', () => openStore(`${folder}/other.db`))
      expect(other).toContain('another program')
      expect(readFileSync(`${folder}/other.db`).equals(before)).toBe(true)
    }))
})

describe('damage', () => {
  const page = 4096

  function overwrite(path: string, from: number, length: number) {
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(length, 0x5a), 0, length, from)
    closeSync(file)
  }

  it('of a page is found, named with its file, and the remedy is said', () =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      await filled(path, 500)
      expect(readdirSync(folder).toSorted()).toEqual(['a.db', 'a.db.lock'])
      overwrite(path, statSync(path).size - 20 * page, 8 * page)
      const damaged = await openStore(path)
      const sentence = await problemOf('corrupt-store', () => damaged.check())
      expect(sentence).toContain(path)
      expect(sentence).toContain('`suggest restore FILE`')
      await damaged.close()
    }))

  it('of the beginning is found when it is opened', () =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      await filled(path)
      overwrite(path, 0, 100)
      expect(await problemOf('corrupt-store', () => openStore(path))).toContain(path)
    }))

  it.each([
    ['a count', `UPDATE projects SET labelled = labelled + 1`, /counts of project p/],
    ['a sum', `UPDATE budgets SET pixels = pixels + 1`, /budget .* ledger/],
    ['a column', `UPDATE verdicts SET labels = '[1,'`, /column labels of verdicts/],
    [
      'a reference',
      `PRAGMA foreign_keys = OFF; DELETE FROM tasks WHERE key = 't0'`,
      /labels refers/,
    ],
  ])('of %s is found', (_, sql, said) =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      await filled(path)
      change(path, sql)
      const store = await openStore(path)
      expect(await problemOf('corrupt-store', () => store.check())).toMatch(said)
      await store.close()
    }),
  )

  it('cannot be done to the ledger', () =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      await filled(path)
      expect(() => change(path, 'UPDATE ledger SET seconds = 0')).toThrow('append-only')
      expect(() => change(path, 'DELETE FROM ledger')).toThrow('append-only')
    }))
})

describe('backups', () => {
  it('are made while everything goes on, and put back with the old database kept', () =>
    withFolder({}, async (folder) => {
      const [path, copy] = [`${folder}/a.db`, `${folder}/copy.db`]
      await filled(path, 300)
      const store = await openStore(path)
      const [, put] = await Promise.all([
        store.backup(copy),
        store.putTasks('p', [taskOf('later')], 3),
      ])
      expect(put.added).toBe(1)
      await problemOf('conflict', () => restore(copy, path))
      await store.close()
      expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
      expect([300, 301]).toContain(await tasksIn(copy))
      expect(await tasksIn(path)).toBe(301)
      await filled(`${folder}/small.db`, 2)
      const kept = await restore(`${folder}/small.db`, path)
      expect(await tasksIn(path)).toBe(2)
      expect(await tasksIn(kept ?? '')).toBe(301)
      expect(await restore(`${folder}/small.db`, `${folder}/new.db`)).toBeUndefined()
      expect(await tasksIn(`${folder}/new.db`)).toBe(2)
    }))

  it('are complete although the log has not been written back', () =>
    withFolder({}, async (folder) => {
      const store = await openStore(`${folder}/a.db`, { logPages: 100_000 })
      await openProject(store, 'p', ['a', 'b'])
      await store.backup(`${folder}/copy.db`)
      await store.close()
      expect(await tasksIn(`${folder}/copy.db`)).toBe(2)
    }))

  it('replace a database that was not closed together with its log', () =>
    withFolder({}, async (folder) => {
      await filled(`${folder}/small.db`, 2)
      const store = await openStore(`${folder}/open.db`, { logPages: 100_000 })
      await openProject(store, 'p', ['a', 'b', 'c'])
      for (const part of ['', '-wal'])
        copyFileSync(`${folder}/open.db${part}`, `${folder}/a.db${part}`)
      await store.close()
      const kept = await restore(`${folder}/small.db`, `${folder}/a.db`)
      expect(await tasksIn(`${folder}/a.db`)).toBe(2)
      expect(await tasksIn(kept ?? '')).toBe(3)
    }))

  it('that are damaged, empty or missing are refused before anything is changed', () =>
    withFolder({ 'text.db': 'no database at all'.repeat(100), 'empty.db': '' }, async (folder) => {
      const path = `${folder}/a.db`
      await filled(path)
      await problemOf('corrupt-store', () => restore(`${folder}/text.db`, path))
      await problemOf('corrupt-store', () => restore(`${folder}/empty.db`, path))
      await problemOf('not-found', () => restore(`${folder}/missing.db`, path))
      expect(existsSync(`${folder}/missing.db`)).toBe(false)
      await filled(`${folder}/bad.db`, 500)
      writeFileSync(
        `${folder}/bad.db`,
        readFileSync(`${folder}/bad.db`).fill(0x5a, 80_000, 120_000),
      )
      await problemOf('corrupt-store', () => restore(`${folder}/bad.db`, path))
      expect(await tasksIn(path)).toBe(3)
    }))

  it('cannot be written where there is no folder', () =>
    withFolder({}, async (folder) => {
      const store = await openStore(`${folder}/a.db`)
      await problemOf('storage-failed', () => store.backup(`${folder}/missing/copy.db`))
      await store.close()
    }))
})
