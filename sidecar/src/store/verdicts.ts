/** Keeps what counts for each image up to date: the task's label, the counts, what a training sees. */
import { projectSettings } from '@suggestive/shared/protocol/project'
import { z } from 'zod'
import {
  type Annotation,
  changesTraining,
  noVerdict,
  type Verdict,
  type VerdictSettings,
  verdict,
} from '../domain/verdict.ts'
import type { Database, Row } from './database.ts'
import { isSet, jsonOf, numberOf, numberOrNull, wordOf } from './row.ts'

export const labelIds = z.array(z.int())
export const outcomes = ['labelled', 'empty', 'skipped', 'deleted'] as const
const verdictOutcomes = ['none', 'labelled', 'empty', 'skipped'] as const

/** Tasks that are judged together: all that show one image, or one task whose image is not known yet. */
export interface Unit {
  readonly project: number
  readonly task: number
  readonly image: number | null
}

export function verdictSettings(db: Database, project: number): VerdictSettings {
  return jsonOf(
    db.get('SELECT settings FROM projects WHERE id = ?', project) ?? {},
    'settings',
    projectSettings,
  )
}

/** Judges a unit again after something about it changed. */
export function decide(db: Database, unit: Unit, settings: VerdictSettings, at: number): void {
  const { project, task, image } = unit
  const rows = image === null ? annotationsOfTask(db, task) : annotationsOfImage(db, project, image)
  const after = verdict(rows.map(annotationOf), settings)
  showLabel(db, unit, after, at)
  // Without an image nothing can be trained on; the change is noted when it comes to be known.
  if (image === null) return
  const skippedIn = rows
    .filter((row) => row['outcome'] === 'skipped')
    .reduce((latest, row) => Math.max(latest, numberOf(row, 'round')), 0)
  const before = storedVerdict(db, project, image)
  storeVerdict(db, project, image, after, skippedIn)
  if (changesTraining(before, after) && isUsable(db, image)) noteChange(db, project, at)
}

/** An image can be trained on from now on: labels that waited for it are news. */
export function noteUsable(db: Database, image: number, at: number): void {
  const rows = db.all(
    `SELECT v.project FROM verdicts v WHERE v.image = ? AND v.outcome IN ('labelled', 'empty')`,
    image,
  )
  for (const row of rows) noteChange(db, numberOf(row, 'project'), at)
}

export function isUsable(db: Database, image: number): boolean {
  const row = db.get(
    'SELECT 1 FROM images WHERE id = ? AND bytes IS NOT NULL AND broken IS NULL',
    image,
  )
  return row !== undefined
}

function noteChange(db: Database, project: number, at: number) {
  db.run('INSERT INTO changes (project, at) VALUES (?, ?)', project, at)
}

/** Everything of a project for which a changed setting could make a difference. */
export function unitsToJudge(db: Database, project: number): readonly Unit[] {
  const rows = db.all(
    `SELECT min(t.id) AS task, t.image FROM labels l JOIN tasks t ON t.id = l.task
     WHERE l.project = ? AND l.newest = 1 AND t.state <> 'gone'
     GROUP BY coalesce(t.image, -t.id) HAVING count(*) > 1 OR sum(l.outcome = 'empty') > 0`,
    project,
  )
  return rows.map((row) => ({
    project,
    task: numberOf(row, 'task'),
    image: numberOrNull(row, 'image'),
  }))
}

const columns = 'l.id, l.outcome, l.ground_truth, l.before, l.round, l.finished_at, l.received_at'

function annotationsOfTask(db: Database, task: number): readonly Row[] {
  return db.all(`SELECT ${columns} FROM labels l WHERE l.task = ? AND l.newest = 1`, task)
}

function annotationsOfImage(db: Database, project: number, image: number): readonly Row[] {
  return db.all(
    `SELECT ${columns} FROM tasks t JOIN labels l ON l.task = t.id AND l.newest = 1
     WHERE t.image = ? AND t.project = ? AND t.state <> 'gone'`,
    image,
    project,
  )
}

function annotationOf(row: Row): Annotation {
  return {
    id: numberOf(row, 'id'),
    outcome: wordOf(row, 'outcome', outcomes),
    groundTruth: isSet(row, 'ground_truth'),
    at: numberOrNull(row, 'finished_at') ?? numberOf(row, 'received_at'),
    beforeConnection: isSet(row, 'before'),
  }
}

function storedVerdict(db: Database, project: number, image: number) {
  const row = db.get(
    'SELECT outcome, labels FROM verdicts WHERE project = ? AND image = ?',
    project,
    image,
  )
  if (row === undefined) return noVerdict
  return {
    outcome: wordOf(row, 'outcome', verdictOutcomes),
    labels: jsonOf(row, 'labels', labelIds),
  }
}

function storeVerdict(
  db: Database,
  project: number,
  image: number,
  { outcome, labels }: Verdict,
  skippedIn: number,
) {
  if (outcome === 'none') {
    db.run('DELETE FROM verdicts WHERE project = ? AND image = ?', project, image)
    return
  }
  db.run(
    'INSERT OR REPLACE INTO verdicts (project, image, outcome, labels, skipped_in) VALUES (?, ?, ?, ?, ?)',
    project,
    image,
    outcome,
    JSON.stringify(labels),
    skippedIn,
  )
}

/** Writes only rows that change: the triggers count. */
function showLabel(db: Database, { project, task, image }: Unit, verdict: Verdict, at: number) {
  const before = verdict.beforeConnection ? 1 : 0
  const where = image === null ? 'id = ?' : 'image = ? AND project = ?'
  const which = image === null ? [task] : [image, project]
  db.run(
    `UPDATE tasks SET label = ?, before = ?, updated_at = ?
     WHERE ${where} AND state <> 'gone' AND (label <> ? OR before <> ?)`,
    verdict.outcome,
    before,
    at,
    ...which,
    verdict.outcome,
    before,
  )
}
