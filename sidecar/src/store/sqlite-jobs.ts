/** The `Jobs` port in the same database: leases with a fence that grows with every claim. */
import { type Job, type JobOutcome, type JobRecord, type JobSpec, jobKinds } from '../ports/jobs.ts'
import type { Database, Row, Value } from './database.ts'
import { numberOf, textOf, textOrNull, wordOf } from './row.ts'
import { damaged } from './sqlite-problem.ts'

const states = ['waiting', 'leased', 'finished', 'failed', 'cancelled'] as const

export function submitJobs(db: Database, specs: readonly JobSpec[], _at: number): void {
  for (const { key, project, round, kind, payload, priority } of specs) {
    db.run(
      `INSERT OR IGNORE INTO jobs (key, project, round, kind, payload, priority)
       VALUES (?, ?, ?, ?, ?, ?)`,
      key,
      project,
      round,
      kind,
      jsonText(payload),
      priority,
    )
  }
}

export function claimJob(
  db: Database,
  worker: string,
  leaseMs: number,
  at: number,
): Job | undefined {
  const row = db.get(
    `SELECT * FROM jobs WHERE state IN ('waiting', 'leased')
       AND (state = 'waiting' OR lease_until <= ?)
     ORDER BY priority DESC, id LIMIT 1`,
    at,
  )
  if (row === undefined) return undefined
  const id = numberOf(row, 'id')
  const fence = numberOf(row, 'fence') + 1
  const attempt = numberOf(row, 'attempt') + 1
  db.run(
    `UPDATE jobs SET state = 'leased', worker = ?, lease_until = ?, fence = ?, attempt = ?
     WHERE id = ?`,
    worker,
    at + leaseMs,
    fence,
    attempt,
    id,
  )
  return { ...specOf(db, row), id, fence, attempt }
}

export function renewJob(db: Database, id: number, fence: number, leaseMs: number, at: number) {
  return changeHeld(db, id, fence, 'lease_until = ?', at + leaseMs)
}

export function finishJob(db: Database, id: number, fence: number, result: unknown, at: number) {
  const set = `state = 'finished', result = ?, ended_at = ?, lease_until = NULL`
  return changeHeld(db, id, fence, set, jsonText(result), at)
}

export function failJob(
  db: Database,
  id: number,
  fence: number,
  failure: string,
  retry: boolean,
  at: number,
) {
  const set = 'state = ?, failure = ?, ended_at = ?, lease_until = NULL'
  return retry
    ? changeHeld(db, id, fence, set, 'waiting', failure, null)
    : changeHeld(db, id, fence, set, 'failed', failure, at)
}

export function releaseJob(db: Database, id: number, fence: number, _at: number) {
  const set = `state = 'waiting', attempt = attempt - 1, lease_until = NULL`
  return changeHeld(db, id, fence, set)
}

export function cancelJobs(db: Database, project: string, round: number, at: number): void {
  db.run(
    `UPDATE jobs SET state = 'cancelled', ended_at = ?, lease_until = NULL
     WHERE project = ? AND round = ? AND state IN ('waiting', 'leased')`,
    at,
    project,
    round,
  )
}

export function listJobs(db: Database, project: string, round: number): readonly JobRecord[] {
  return db
    .all('SELECT * FROM jobs WHERE project = ? AND round = ? ORDER BY id', project, round)
    .map((row) => ({ ...outcomeOf(db, row), payload: parsed(db, row, 'payload') }))
}

export function jobOutcomes(db: Database, project: string, round: number): readonly JobOutcome[] {
  return db
    .all(
      `SELECT id, key, project, round, kind, priority, state, result, failure, attempt
       FROM jobs WHERE project = ? AND round = ? ORDER BY id`,
      project,
      round,
    )
    .map((row) => outcomeOf(db, row))
}

function outcomeOf(db: Database, row: Row): JobOutcome {
  return {
    ...labelOf(row),
    id: numberOf(row, 'id'),
    state: wordOf(row, 'state', states),
    result: parsed(db, row, 'result'),
    failure: textOrNull(row, 'failure'),
    attempt: numberOf(row, 'attempt'),
  }
}

/** Changes a job for who holds it. @returns false, with nothing changed, for everybody else */
function changeHeld(
  db: Database,
  id: number,
  fence: number,
  set: string,
  ...values: readonly Value[]
): boolean {
  const sql = `UPDATE jobs SET ${set} WHERE id = ? AND fence = ? AND state = 'leased'`
  return db.run(sql, ...values, id, fence).changes > 0
}

function specOf(db: Database, row: Row): JobSpec {
  return { ...labelOf(row), payload: parsed(db, row, 'payload') }
}

function labelOf(row: Row): Omit<JobSpec, 'payload'> {
  return {
    key: textOf(row, 'key'),
    project: textOf(row, 'project'),
    round: numberOf(row, 'round'),
    kind: wordOf(row, 'kind', jobKinds),
    priority: numberOf(row, 'priority'),
  }
}

function parsed(db: Database, row: Row, column: string): unknown {
  const text = textOrNull(row, column)
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(db.path, `the ${column} of job ${numberOf(row, 'id')} cannot be read`, cause)
  }
}

/** Undefined is stored as null. */
function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null)
}
