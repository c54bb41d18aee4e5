import { describe, expect, it } from '@jest/globals'
import { Committer } from '@suggestive/sidecar/store/committer'
import { Database } from '@suggestive/sidecar/store/database'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

interface Bench {
  readonly db: Database
  readonly committer: Committer
  readonly commits: () => number
  readonly add: (value: number) => Promise<void>
  readonly values: () => readonly unknown[]
}

async function bench(use: (bench: Bench) => Promise<void>) {
  await withFolder({}, async (folder) => {
    const db = new Database(`${folder}/a.db`)
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE numbers (value INTEGER UNIQUE, text TEXT)')
    let commits = 0
    const committer = new Committer(db, () => commits++)
    await use({
      db,
      committer,
      commits: () => commits,
      add: (value) =>
        committer.write(() => {
          db.run('INSERT INTO numbers (value) VALUES (?)', value)
        }),
      values: () => db.all('SELECT value FROM numbers ORDER BY value').map(({ value }) => value),
    })
    db.close()
  })
}

describe('group commit', () => {
  it('takes everything that waits in one transaction', () =>
    bench(async ({ add, commits, values }) => {
      await Promise.all([add(1), add(2), add(3)])
      expect([commits(), values()]).toEqual([1, [1, 2, 3]])
    }))

  it('rolls back a call that throws, and only that', () =>
    bench(async ({ add, committer, db, values }) => {
      const failing = committer.write(() => {
        db.run('INSERT INTO numbers (value) VALUES (7)')
        throw new Error('no')
      })
      const results = await Promise.allSettled([add(1), failing, add(2), add(2), add(3)])
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ])
      expect(values()).toEqual([1, 2, 3])
    }))

  it('lets a call read what was asked for before it, and not what comes after', () =>
    bench(async ({ add, committer, values }) => {
      const [before, , between] = await Promise.all([
        committer.read(values),
        add(1),
        committer.read(values),
        add(2),
      ])
      expect([before, between]).toEqual([[], [1]])
    }))

  it('answers when the other connections see it', () =>
    bench(async ({ add, db }) => {
      const other = new Database(db.path)
      await add(1)
      expect(other.all('SELECT value FROM numbers')).toHaveLength(1)
      other.close()
    }))

  it('fails the whole group when the disk is full, keeps nothing of it, and goes on', () =>
    bench(async ({ add, committer, db, values, commits }) => {
      await add(0)
      db.exec('PRAGMA max_page_count = 10')
      const large = committer.write(() => {
        db.run('INSERT INTO numbers (value, text) VALUES (9, ?)', 'x'.repeat(1_000_000))
      })
      const results = await Promise.allSettled([add(1), large])
      expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
      expect(await problemOf('storage-failed', () => large)).toContain('no space left')
      const first = results[0]?.status === 'fulfilled' ? [0, 1] : [0]
      expect(values()).toEqual(first)
      await add(5)
      expect([values(), commits()]).toEqual([[...first, 5], first.length + 1])
    }))

  it('ends a group after a while, so that nobody waits for all', () =>
    bench(async ({ committer, db, commits }) => {
      const slow = () =>
        committer.write(() => {
          db.run('INSERT INTO numbers (text) VALUES (?)', 'slow')
          const until = performance.now() + 15
          while (performance.now() < until);
        })
      await Promise.all([slow(), slow(), slow(), slow()])
      expect(commits()).toBeGreaterThanOrEqual(2)
    }))

  it('commits nothing for reads alone', () =>
    bench(async ({ committer, commits }) => {
      expect(await Promise.all([committer.read(() => 1), committer.read(() => 2)])).toEqual([1, 2])
      expect(commits()).toBe(0)
    }))
})
