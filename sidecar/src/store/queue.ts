/** Queues: staged row by row under the name of a draft, made visible by a few rows, kept by revision. */
import { Problem } from '@suggestive/shared/problem'
import { type QueueRow, type QueueSummary, queueSummary } from '@suggestive/shared/protocol/queue'
import type { Page, PageQuery } from '../ports/store.ts'
import type { Database, Row } from './database.ts'
import { newestFirst } from './pages.ts'
import { projectNumber, projectRow } from './projects.ts'
import { isSet, momentOf, numberOf, numberOrNull, textOf, textOrNull, wordOf } from './row.ts'
import { taskRow } from './tasks.ts'

export function stageQueue(
  db: Database,
  name: string,
  draft: string,
  rows: readonly QueueRow[],
): void {
  const project = projectNumber(db, name)
  const id =
    draftNumber(db, project, draft) ??
    db.run('INSERT INTO drafts (project, name) VALUES (?, ?)', project, draft).id
  // It was published by an attempt whose answer got lost.
  if (revisionOf(db, id) !== undefined) return
  // One statement for all: a call from JavaScript costs more than the row.
  const { changes } = db.run(
    `INSERT OR REPLACE INTO queue_rows
       (draft, rank, task, image, batch, gain, uncertainty, represents)
     SELECT ?, r.value ->> 'rank', t.id,
       (SELECT i.id FROM images i WHERE i.digest = r.value ->> 'imageDigest'),
       r.value ->> 'batch', r.value ->> 'gain', r.value ->> 'uncertainty', r.value ->> 'represents'
     FROM json_each(?) r CROSS JOIN tasks t ON t.project = ? AND t.key = r.value ->> 'taskKey'`,
    id,
    JSON.stringify(rows),
    project,
  )
  if (changes === rows.length) return
  for (const { taskKey } of rows) taskRow(db, project, taskKey)
}

/** The number of a draft; undefined when there is none. @throws Problem `conflict` when it was given up */
export function draftNumber(db: Database, project: number, draft: string): number | undefined {
  const row = db.get(
    'SELECT id, abandoned FROM drafts WHERE project = ? AND name = ?',
    project,
    draft,
  )
  if (row === undefined) return undefined
  if (!isSet(row, 'abandoned')) return numberOf(row, 'id')
  throw new Problem(
    'conflict',
    `The draft ${draft} was given up: stage it again under another name.`,
  )
}

/** Gives up what a round has staged and not published; the housekeeping deletes the rows slice by slice. */
export function abandonDrafts(db: Database, project: number, round: number): void {
  db.run(
    `UPDATE drafts SET abandoned = 1 WHERE project = ? AND (name = ? OR name GLOB ?)
       AND NOT EXISTS (SELECT 1 FROM queues q WHERE q.draft = drafts.id)`,
    project,
    `round-${round}`,
    `round-${round}-*`,
  )
}

/** The revision that a draft was published as. */
export function revisionOf(db: Database, draft: number): number | undefined {
  const row = db.get('SELECT revision FROM queues WHERE draft = ?', draft)
  return row === undefined ? undefined : numberOf(row, 'revision')
}

export function queue(db: Database, name: string, revision?: number): QueueSummary | undefined {
  const project = projectRow(db, name)
  const row = db.get(
    'SELECT * FROM queues WHERE project = ? AND revision = ?',
    numberOf(project, 'id'),
    revision ?? numberOf(project, 'revision'),
  )
  return row === undefined ? undefined : summaryOf(row)
}

/** @throws Problem `not-found` for an unknown revision */
export function queueRows(
  db: Database,
  name: string,
  revision: number,
  after: number,
  limit: number,
): readonly QueueRow[] {
  const found = queueOf(db, projectNumber(db, name), revision)
  return db
    .list(
      columns,
      ['gain', 'uncertainty'],
      `FROM queue_rows q JOIN tasks t ON t.id = q.task LEFT JOIN images i ON i.id = q.image
       WHERE q.draft = ? AND q.rank > ? ORDER BY q.rank LIMIT ?`,
      numberOf(found, 'draft'),
      after,
      limit,
    )
    .map(rowOf)
}

const columns = {
  rank: 'q.rank',
  key: 't.key',
  digest: 'i.digest',
  batch: 'q.batch',
  gain: 'q.gain',
  uncertainty: 'q.uncertainty',
  represents: 'q.represents',
}

export function queues(db: Database, name: string, page: PageQuery): Page<QueueSummary> {
  return newestFirst(db, 'queues', 'revision', projectNumber(db, name), page, summaryOf)
}

/** @throws Problem `not-found` */
export function queueOf(db: Database, project: number, revision: number): Row {
  const row = db.get('SELECT * FROM queues WHERE project = ? AND revision = ?', project, revision)
  if (row !== undefined) return row
  throw new Problem('not-found', `There is no queue revision ${revision} in this project.`)
}

function summaryOf(row: Row): QueueSummary {
  return {
    revision: numberOf(row, 'revision'),
    publishedAt: momentOf(row, 'published_at'),
    origin: wordOf(row, 'origin', queueSummary.shape.origin.options),
    round: numberOrNull(row, 'round'),
    modelDigest: textOrNull(row, 'model'),
    length: numberOf(row, 'length'),
    published: numberOf(row, 'published'),
  }
}

function rowOf(row: Row): QueueRow {
  return {
    rank: numberOf(row, 'rank'),
    taskKey: textOf(row, 'key'),
    imageDigest: textOrNull(row, 'digest'),
    batch: numberOrNull(row, 'batch'),
    gain: numberOrNull(row, 'gain'),
    uncertainty: numberOrNull(row, 'uncertainty'),
    represents: numberOrNull(row, 'represents'),
  }
}
