/** Rounds: their state, the snapshot of labels each trains on, and what makes the next one due. */
import { Problem } from '@suggestive/shared/problem'
import { projectSettings } from '@suggestive/shared/protocol/project'
import { type RoundView, round as roundSchema, roundState } from '@suggestive/shared/protocol/round'
import { z } from 'zod'
import type {
  LabelledImage,
  Page,
  PageQuery,
  RoundProgress,
  RoundStart,
  SnapshotImage,
} from '../ports/store.ts'
import type { Database, Row } from './database.ts'
import { tell } from './events.ts'
import { chargeRound } from './ledger.ts'
import { newestFirst } from './pages.ts'
import { bump, projectNumber, projectRow } from './projects.ts'
import { abandonDrafts } from './queue.ts'
import { activeRound, countTrainable, ended, trainable } from './round-inputs.ts'
import {
  isSet,
  jsonOf,
  momentOf,
  momentOrNull,
  numberOf,
  numberOrNull,
  textOf,
  textOrNull,
  wordOf,
} from './row.ts'
import { labelIds } from './verdicts.ts'

const warningList = z.array(z.string())

export function startRound(
  db: Database,
  name: string,
  { reason, members, seed }: RoundStart,
  at: number,
): RoundView {
  const row = projectRow(db, name)
  const project = numberOf(row, 'id')
  const active = activeRound(db, project)
  if (active !== null) {
    throw new Problem(
      'conflict',
      `Round ${active} of project ${name} runs already: wait for it, or cancel it.`,
    )
  }
  const images = countTrainable(db, project)
  if (images < 2) {
    throw new Problem(
      'too-few-labels',
      `Project ${name} has ${images} labelled images whose bytes are known, a round needs 2: finish more annotations first.`,
    )
  }
  const number = numberOf(row, 'round') + 1
  const last = db.get('SELECT coalesce(max(id), 0) AS id FROM changes WHERE project = ?', project)
  db.run(
    `INSERT INTO rounds
       (project, number, state, reason, started_at, images, members, seed, settings, last_change)
     VALUES (?, ?, 'training', ?, ?, ?, ?, ?, ?, ?)`,
    project,
    number,
    reason,
    at,
    images,
    members,
    seed,
    textOf(row, 'settings'),
    numberOf(last ?? {}, 'id'),
  )
  db.run(
    `INSERT INTO snapshots (project, round, image, name, labels)
     SELECT v.project, ?, v.image,
       (SELECT t.name FROM tasks t WHERE t.image = v.image AND t.project = v.project
          AND t.state <> 'gone' ORDER BY +t.key LIMIT 1), v.labels ${trainable}`,
    number,
    project,
  )
  db.run('UPDATE projects SET round = ?, version = version + 1 WHERE id = ?', number, project)
  return viewOf(
    db.get('SELECT * FROM rounds WHERE project = ? AND number = ?', project, number) ?? {},
  )
}

export function labelledImages(
  db: Database,
  name: string,
  after: string,
  limit: number,
): readonly LabelledImage[] {
  return db
    .all(
      `SELECT i.digest, i.stored, coalesce((SELECT min(t.key) FROM tasks t
         WHERE t.image = i.id AND t.project = v.project AND t.state <> 'gone'), '') AS key
       ${trainable} AND i.digest > ? ORDER BY i.digest LIMIT ?`,
      projectNumber(db, name),
      after,
      limit,
    )
    .map((row) => ({
      imageDigest: textOf(row, 'digest'),
      taskKey: textOf(row, 'key'),
      stored: isSet(row, 'stored'),
    }))
}

export function snapshot(db: Database, name: string, round: number): readonly SnapshotImage[] {
  const { project } = roundRow(db, name, round)
  return db
    .all(
      `SELECT i.digest, s.name, s.labels FROM snapshots s JOIN images i ON i.id = s.image
       WHERE s.project = ? AND s.round = ? ORDER BY i.digest`,
      project,
      round,
    )
    .map((row) => ({
      imageDigest: textOf(row, 'digest'),
      name: textOf(row, 'name'),
      labels: jsonOf(row, 'labels', labelIds),
    }))
}

export function progressRound(
  db: Database,
  name: string,
  round: number,
  progress: RoundProgress,
  at: number,
): void {
  const { project, row } = roundRow(db, name, round)
  if (hasEnded(row)) return
  const { model, computeSeconds = 0, warnings } = progress
  const held = progress.heldOutDice
  db.run(
    `UPDATE rounds SET state = ?, members_trained = ?, pool = ?, scored = ?, held_out_dice = ?,
       profile = ?, engine = ?, scale = ?, warnings = ?, model = ?, compute_seconds = compute_seconds + ?
     WHERE project = ? AND number = ?`,
    progress.state ?? textOf(row, 'state'),
    progress.membersTrained ?? numberOf(row, 'members_trained'),
    progress.pool ?? numberOf(row, 'pool'),
    progress.scored ?? numberOf(row, 'scored'),
    held === undefined ? numberOrNull(row, 'held_out_dice') : held,
    progress.profile ?? textOrNull(row, 'profile'),
    progress.engine ?? textOrNull(row, 'engine'),
    progress.scale ?? numberOrNull(row, 'scale'),
    warnings === undefined ? textOf(row, 'warnings') : JSON.stringify(warnings),
    model?.digest ?? textOrNull(row, 'model'),
    computeSeconds,
    project,
    round,
  )
  if (model !== undefined) {
    db.run(
      `INSERT INTO models (project, digest, round, bytes, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (project, digest) DO UPDATE SET round = excluded.round, stored = 1`,
      project,
      model.digest,
      round,
      model.bytes,
      at,
    )
  }
  bump(db, project)
}

export function endRound(
  db: Database,
  name: string,
  round: number,
  state: 'failed' | 'cancelled',
  failure: string | null,
  at: number,
): void {
  const { project, row } = roundRow(db, name, round)
  if (hasEnded(row)) return
  db.run(
    'UPDATE rounds SET state = ?, finished_at = ?, failure = ? WHERE project = ? AND number = ?',
    state,
    at,
    failure,
    project,
    round,
  )
  abandonDrafts(db, project, round)
  closeAccount(db, project, round, at)
  tell(db, project, 'round.finished', { round, state, modelDigest: null }, at)
  bump(db, project)
}

/** The computing time of a round that has ended. */
export function closeAccount(db: Database, project: number, round: number, at: number): void {
  const row = db.get(
    'SELECT compute_seconds FROM rounds WHERE project = ? AND number = ?',
    project,
    round,
  )
  chargeRound(db, project, round, numberOf(row ?? {}, 'compute_seconds'), at)
}

export function rounds(db: Database, name: string, page: PageQuery): Page<RoundView> {
  return newestFirst(db, 'rounds', 'number', projectNumber(db, name), page, viewOf)
}

export function round(db: Database, name: string, number: number): RoundView | undefined {
  const row = db.get(
    'SELECT * FROM rounds WHERE project = ? AND number = ?',
    projectNumber(db, name),
    number,
  )
  return row === undefined ? undefined : viewOf(row)
}

export function activeRounds(db: Database) {
  return db
    .all(
      `SELECT p.name AS project, r.number FROM rounds r JOIN projects p ON p.id = r.project
       WHERE r.state NOT IN ${ended} ORDER BY p.name`,
    )
    .map((row) => ({ project: textOf(row, 'project'), round: numberOf(row, 'number') }))
}

/** @throws Problem `not-found` */
export function roundRow(db: Database, name: string, round: number) {
  const project = projectNumber(db, name)
  const row = db.get('SELECT * FROM rounds WHERE project = ? AND number = ?', project, round)
  if (row !== undefined) return { project, row }
  throw new Problem('not-found', `Project ${name} has no round ${round}.`)
}

export function hasEnded(row: Row): boolean {
  return ['finished', 'failed', 'cancelled'].includes(textOf(row, 'state'))
}

function viewOf(row: Row): RoundView {
  const { k, candidates, depth, scoreMinutes } = jsonOf(row, 'settings', projectSettings)
  return {
    number: numberOf(row, 'number'),
    state: wordOf(row, 'state', roundState.options),
    reason: wordOf(row, 'reason', roundSchema.shape.reason.options),
    startedAt: momentOf(row, 'started_at'),
    finishedAt: momentOrNull(row, 'finished_at'),
    images: numberOf(row, 'images'),
    members: numberOf(row, 'members'),
    membersTrained: numberOf(row, 'members_trained'),
    pool: numberOf(row, 'pool'),
    scored: numberOf(row, 'scored'),
    modelDigest: textOrNull(row, 'model'),
    queueRevision: numberOrNull(row, 'revision'),
    heldOutDice: numberOrNull(row, 'held_out_dice'),
    computeSeconds: numberOf(row, 'compute_seconds'),
    profile: textOrNull(row, 'profile'),
    engine: textOrNull(row, 'engine'),
    seed: numberOf(row, 'seed'),
    settings: { k, candidates, depth, scoreMinutes, scale: numberOrNull(row, 'scale') },
    warnings: jsonOf(row, 'warnings', warningList),
    failure: textOrNull(row, 'failure'),
  }
}
