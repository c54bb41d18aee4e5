/** Labels: every version ever received, and which of them are the newest of their annotation. */
import { Problem } from '@suggestive/shared/problem'
import type { LabelRecord } from '@suggestive/shared/protocol/label'
import { packedClasses } from '../domain/packed-mask.ts'
import { replaces } from '../domain/verdict.ts'
import type { NewLabel, Page, PageQuery } from '../ports/store.ts'
import type { Database, Row } from './database.ts'
import { tell } from './events.ts'
import { budgetOf, chargeLabel } from './ledger.ts'
import { cursorOf, pageOf } from './pages.ts'
import { clearImageProblem } from './problems.ts'
import { bump, projectNumber, projectRow } from './projects.ts'
import {
  bytesOf,
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
import { taskRow } from './tasks.ts'
import { decide, labelIds, outcomes, verdictSettings } from './verdicts.ts'

const uses = ['accepted', 'edited', 'ignored'] as const

export function putLabels(
  db: Database,
  name: string,
  labels: readonly NewLabel[],
  beforeConnection: boolean,
  at: number,
) {
  const row = projectRow(db, name)
  const project = numberOf(row, 'id')
  const round = numberOf(row, 'round')
  const settings = verdictSettings(db, project)
  const noteClasses = classNoter(db, project)
  const accepted: NewLabel[] = []
  for (const label of labels) {
    const task = taskRow(db, project, label.taskKey)
    const unit = { project, task: numberOf(task, 'id'), image: numberOrNull(task, 'image') }
    const id = append(db, unit.project, unit.task, label, { beforeConnection, round, at })
    if (id === undefined) continue
    accepted.push(label)
    if (label.mask !== undefined) noteClasses(label.mask)
    chargeLabel(db, unit, label, id, beforeConnection, at)
    if (task['state'] !== 'gone') decide(db, unit, settings, at)
    if (unit.image !== null) clearImageProblem(db, project, unit.image, 'wrong-size', at)
  }
  if (accepted.length > 0) announce(db, project, accepted, at)
  return { accepted: accepted.length, repeated: labels.length - accepted.length }
}

function announce(db: Database, project: number, accepted: readonly NewLabel[], at: number) {
  bump(db, project)
  const counts = db.get('SELECT labelled FROM projects WHERE id = ?', project) ?? {}
  const labels = accepted.map(({ taskKey, outcome }) => ({ taskKey, outcome }))
  tell(db, project, 'label.ingested', { labels, labelled: numberOf(counts, 'labelled') }, at)
  const { images, annotationSeconds } = budgetOf(db, project)
  tell(db, project, 'budget.changed', { images, annotationSeconds }, at)
}

/** @returns the id of the new version; undefined for a repetition */
function append(
  db: Database,
  project: number,
  task: number,
  label: NewLabel,
  { beforeConnection, round, at }: { beforeConnection: boolean; round: number; at: number },
): number | undefined {
  const { externalId, identity, version, prelabel, finishedAt } = label
  const newest = db.get(
    `SELECT id, identity, seen_version FROM labels
     WHERE task = ? AND external_id = ? AND newest = 1`,
    task,
    externalId,
  )
  const seen = newest === undefined ? undefined : numberOf(newest, 'seen_version')
  if (newest !== undefined && seen !== undefined && newest['identity'] === identity) {
    // The same content under a larger number: a version between the two is older than it.
    if (version > seen) {
      db.run('UPDATE labels SET seen_version = ? WHERE id = ?', version, numberOf(newest, 'id'))
      // The record shows it: pages that were rendered before are out of date.
      bump(db, project)
    }
    return undefined
  }
  // Known content counts again only as a return to it, that is, under a larger number than what came after it.
  const isKnown =
    db.get('SELECT 1 FROM labels WHERE project = ? AND identity = ? LIMIT 1', project, identity) !==
    undefined
  if (isKnown && (seen === undefined || version <= seen)) return undefined
  const isNewest = replaces(version, seen)
  if (isNewest && newest !== undefined) {
    db.run('UPDATE labels SET newest = 0 WHERE id = ?', numberOf(newest, 'id'))
  }
  const { id } = db.run(
    `INSERT INTO labels (project, task, identity, external_id, version, seen_version, annotator,
       seconds, finished_at, received_at, outcome, ground_truth, before, prelabel_model,
       prelabel_use, round, newest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    project,
    task,
    identity,
    externalId,
    version,
    version,
    label.annotator,
    label.seconds,
    finishedAt === undefined ? null : Date.parse(finishedAt),
    at,
    label.outcome,
    label.groundTruth ? 1 : 0,
    beforeConnection ? 1 : 0,
    prelabel?.modelDigest ?? null,
    prelabel?.use ?? null,
    round,
    isNewest ? 1 : 0,
  )
  if (label.mask !== undefined) {
    db.run('INSERT INTO label_masks (label, mask) VALUES (?, ?)', id, label.mask)
  }
  return id
}

/** Notes which classes labels use. @throws Problem `conflict` for a class that has been removed meanwhile */
function classNoter(db: Database, project: number): (mask: Uint8Array) => void {
  const row = db.get(
    `SELECT json_group_array(json_extract(value, '$.id')) AS ids
     FROM projects, json_each(projects.classes) WHERE projects.id = ?`,
    project,
  )
  const known = new Set(jsonOf(row ?? {}, 'ids', labelIds))
  const used = new Set(
    db
      .all('SELECT class FROM class_uses WHERE project = ?', project)
      .map((use) => numberOf(use, 'class')),
  )
  return (mask) => {
    for (const classId of packedClasses(mask)) {
      if (used.has(classId)) continue
      if (!known.has(classId)) throw removed(classId)
      used.add(classId)
      db.run('INSERT INTO class_uses (project, class) VALUES (?, ?)', project, classId)
    }
  }
}

function removed(classId: number): Problem {
  return new Problem(
    'conflict',
    `The class ${classId} was removed from the project while the labels were read: add it again, or send them without it.`,
  )
}

export function labels(
  db: Database,
  name: string,
  page: PageQuery & { readonly taskKey?: string | undefined },
): Page<LabelRecord> {
  const project = projectNumber(db, name)
  const after = cursorOf(page, 0)
  const columns = 'SELECT l.*, t.key FROM labels l JOIN tasks t ON t.id = l.task'
  const rows =
    page.taskKey === undefined
      ? db.all(
          `${columns} WHERE l.project = ? AND l.id > ? ORDER BY l.id LIMIT ?`,
          project,
          after,
          page.limit + 1,
        )
      : db.all(
          `${columns} WHERE l.task = ? AND l.id > ? ORDER BY l.id LIMIT ?`,
          numberOf(taskRow(db, project, page.taskKey), 'id'),
          after,
          page.limit + 1,
        )
  return pageOf(rows, page.limit, 'id', recordOf)
}

export function labelMasks(
  db: Database,
  name: string,
  ids: readonly number[],
): ReadonlyMap<number, Uint8Array> {
  const project = projectNumber(db, name)
  const masks = new Map<number, Uint8Array>()
  for (const id of ids) {
    const row = db.get(
      `SELECT m.mask FROM label_masks m JOIN labels l ON l.id = m.label
       WHERE m.label = ? AND l.project = ?`,
      id,
      project,
    )
    if (row !== undefined) masks.set(id, bytesOf(row, 'mask'))
  }
  return masks
}

function recordOf(row: Row): LabelRecord {
  const modelDigest = textOrNull(row, 'prelabel_model')
  return {
    id: numberOf(row, 'id'),
    identity: textOf(row, 'identity'),
    taskKey: textOf(row, 'key'),
    externalId: textOf(row, 'external_id'),
    version: numberOf(row, 'version'),
    seenVersion: numberOf(row, 'seen_version'),
    annotator: textOf(row, 'annotator'),
    seconds: numberOrNull(row, 'seconds'),
    finishedAt: momentOrNull(row, 'finished_at'),
    receivedAt: momentOf(row, 'received_at'),
    outcome: wordOf(row, 'outcome', outcomes),
    groundTruth: isSet(row, 'ground_truth'),
    beforeConnection: isSet(row, 'before'),
    prelabel: modelDigest === null ? null : { modelDigest, use: wordOf(row, 'prelabel_use', uses) },
  }
}
