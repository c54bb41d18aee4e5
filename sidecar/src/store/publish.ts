/** Makes a staged queue the current one: only a few rows change, however long it is. */
import { Problem } from '@suggestive/shared/problem'
import type { Draft } from '../ports/store.ts'
import type { Database } from './database.ts'
import { tell } from './events.ts'
import { setModel, useModel } from './models.ts'
import { projectRow } from './projects.ts'
import { abandonDrafts, draftNumber, revisionOf } from './queue.ts'
import { closeAccount, hasEnded, roundRow } from './rounds.ts'
import { numberOf, textOrNull } from './row.ts'
import { ended } from './scores.ts'

/** @returns the revision; of the first publication when the draft was published before */
export function publish(db: Database, name: string, draft: string, as: Draft, at: number): number {
  const row = projectRow(db, name)
  const project = numberOf(row, 'id')
  const id = draftNumber(db, project, draft)
  if (id === undefined) {
    throw new Problem('not-found', `Project ${name} has no draft ${draft}: stage its rows first.`)
  }
  const known = revisionOf(db, id)
  if (known !== undefined) return known
  const revision = numberOf(row, 'revision') + 1
  const counted = db.get('SELECT count(*) AS length FROM queue_rows WHERE draft = ?', id)
  const length = numberOf(counted ?? {}, 'length')
  const published = Math.min(as.published, length)
  if (as.origin === 'round' && as.round !== null)
    finish(db, name, as.round, as.modelDigest, revision, at)
  if (as.origin === 'rollback' && as.modelDigest !== null) useModel(db, name, as.modelDigest)
  db.run(
    `INSERT INTO queues (project, revision, draft, published_at, origin, round, model, length, published)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    project,
    revision,
    id,
    at,
    as.origin,
    as.round,
    as.modelDigest,
    length,
    published,
  )
  db.run(
    'UPDATE projects SET revision = ?, draft = ?, version = version + 1 WHERE id = ?',
    revision,
    id,
    project,
  )
  // Other orders that an interrupted attempt staged.
  if (as.origin === 'round' && as.round !== null) abandonDrafts(db, project, as.round)
  tell(db, project, 'queue.published', { revision, length, published }, at)
  return revision
}

function finish(
  db: Database,
  name: string,
  round: number,
  model: string | null,
  revision: number,
  at: number,
) {
  const { project, row } = roundRow(db, name, round)
  if (hasEnded(row)) throw ended(round)
  const modelDigest = model ?? textOrNull(row, 'model')
  db.run(
    `UPDATE rounds SET state = 'finished', finished_at = ?, revision = ?, model = ?
     WHERE project = ? AND number = ?`,
    at,
    revision,
    modelDigest,
    project,
    round,
  )
  if (modelDigest !== null) {
    db.run(
      'UPDATE models SET published_at = ? WHERE project = ? AND digest = ?',
      at,
      project,
      modelDigest,
    )
    setModel(db, project, modelDigest, round)
  }
  closeAccount(db, project, round, at)
  tell(db, project, 'round.finished', { round, state: 'finished', modelDigest }, at)
}
