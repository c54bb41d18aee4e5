/** What the labels and the rounds have cost: entries that are never changed, and their sums. */
import type { Budget } from '@suggestive/shared/protocol/budget'
import type { NewLabel } from '../ports/store.ts'
import type { Database } from './database.ts'
import { projectNumber } from './projects.ts'
import { numberOf } from './row.ts'
import type { Unit } from './verdicts.ts'

/**
 * Work of a person: each version is charged with what its annotation's total has grown, so that order and repetition
 * change nothing. The image counts when it is finished for the first time; one that was finished before the connection
 * never does.
 */
export function chargeLabel(
  db: Database,
  { project, task, image }: Unit,
  label: NewLabel,
  id: number,
  isBefore: boolean,
  at: number,
): void {
  const enter = (kind: string, pixels: number, seconds: number | null) =>
    db.run(
      `INSERT INTO ledger (project, kind, task, image, label, pixels, seconds, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      project,
      kind,
      task,
      image,
      id,
      pixels,
      seconds,
      at,
    )
  const { outcome, seconds, pixels } = label
  if (!isBefore && (outcome !== 'deleted' || seconds !== null)) {
    const more = seconds === null ? null : seconds - secondsBefore(db, task, label.externalId, id)
    enter('work', 0, more === null ? null : Math.max(0, more))
  }
  const isFinished = outcome === 'labelled' || outcome === 'empty'
  if (!isFinished || isCharged(db, project, task, image)) return
  enter(isBefore ? 'image-before' : 'image', pixels, null)
}

/** The largest total that other versions of the annotation have told. */
function secondsBefore(db: Database, task: number, externalId: string, id: number): number {
  const row = db.get(
    'SELECT coalesce(max(seconds), 0) AS seconds FROM labels WHERE task = ? AND external_id = ? AND id <> ?',
    task,
    externalId,
    id,
  )
  return numberOf(row ?? {}, 'seconds')
}

/** By its number or, when that was not known at the time, by any of its tasks. */
function isCharged(db: Database, project: number, task: number, image: number | null): boolean {
  if (image === null) {
    const sql = `SELECT 1 FROM ledger WHERE task = ? AND kind IN ('image', 'image-before') LIMIT 1`
    return db.get(sql, task) !== undefined
  }
  const sql = `
    SELECT 1 FROM ledger WHERE image = ?1 AND project = ?2 AND kind IN ('image', 'image-before')
    UNION ALL
    SELECT 1 FROM tasks t JOIN ledger l ON l.task = t.id AND l.kind IN ('image', 'image-before')
    WHERE t.image = ?1 AND t.project = ?2 AND l.image IS NULL
    LIMIT 1`
  return db.get(sql, image, project) !== undefined
}

export function chargeRound(
  db: Database,
  project: number,
  round: number,
  seconds: number,
  at: number,
): void {
  db.run(
    `INSERT INTO ledger (project, kind, round, seconds, at) VALUES (?, 'compute', ?, ?, ?)`,
    project,
    round,
    seconds,
    at,
  )
}

export function budget(db: Database, name: string): Budget {
  return budgetOf(db, projectNumber(db, name))
}

export function budgetOf(db: Database, project: number): Budget {
  const row = db.get('SELECT * FROM budgets WHERE project = ?', project) ?? {}
  return {
    images: numberOf(row, 'images'),
    pixels: numberOf(row, 'pixels'),
    annotationSeconds: numberOf(row, 'seconds'),
    withoutTime: numberOf(row, 'without_time'),
    computeSeconds: numberOf(row, 'compute_seconds'),
    beforeConnection: numberOf(row, 'before_connection'),
  }
}
