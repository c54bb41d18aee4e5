/** What makes a round due: labelled images that can be used, and what is new among them. */
import type { RoundInputs } from '../ports/store.ts'
import type { Database } from './database.ts'
import { projectNumber } from './projects.ts'
import { numberOf, numberOrNull } from './row.ts'

/** States in SQL. */
export const ended = `('finished', 'failed', 'cancelled')`

/** Labelled images whose bytes have been seen and can be used. */
export const trainable = `
  FROM verdicts v JOIN images i ON i.id = v.image
  WHERE v.project = ? AND v.outcome IN ('labelled', 'empty')
    AND i.bytes IS NOT NULL AND i.broken IS NULL`

export function roundInputs(db: Database, name: string): RoundInputs {
  const project = projectNumber(db, name)
  const base = db.get(
    `SELECT coalesce(max(last_change), 0) AS last FROM rounds
     WHERE project = ? AND state NOT IN ('failed', 'cancelled')`,
    project,
  )
  const fresh =
    db.get(
      'SELECT count(*) AS fresh, max(at) AS last FROM changes WHERE project = ? AND id > ?',
      project,
      numberOf(base ?? {}, 'last'),
    ) ?? {}
  return {
    labelled: knownTrainable(db, project),
    fresh: numberOf(fresh, 'fresh'),
    lastAt: numberOrNull(fresh, 'last'),
    active: activeRound(db, project),
  }
}

const trainableOf = new WeakMap<Database, Map<number, { version: number; count: number }>>()

/** Counted once for each version of the project: whatever changes it makes another one. */
function knownTrainable(db: Database, project: number): number {
  const row = db.get('SELECT version FROM projects WHERE id = ?', project) ?? {}
  const version = numberOf(row, 'version')
  const known = trainableOf.get(db) ?? new Map()
  trainableOf.set(db, known)
  const found = known.get(project)
  if (found?.version === version) return found.count
  const count = countTrainable(db, project)
  known.set(project, { version, count })
  return count
}

export function countTrainable(db: Database, project: number): number {
  return numberOf(db.get(`SELECT count(*) AS count ${trainable}`, project) ?? {}, 'count')
}

export function activeRound(db: Database, project: number): number | null {
  const row = db.get(
    `SELECT number FROM rounds WHERE project = ? AND state NOT IN ${ended}`,
    project,
  )
  return row === undefined ? null : numberOf(row, 'number')
}
