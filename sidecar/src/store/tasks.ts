/** Tasks: one image each in the labelling tool. */
import { Problem } from '@suggestive/shared/problem'
import { type TaskInput, type TaskView, taskState } from '@suggestive/shared/protocol/task'
import type { Page, PageQuery } from '../ports/store.ts'
import type { Database, Row, Value } from './database.ts'
import { imageNumber } from './images.ts'
import { cursorOf, pageOf } from './pages.ts'
import { clearImageProblem } from './problems.ts'
import { bump, projectNumber, projectRow } from './projects.ts'
import { momentOf, numberOf, numberOrNull, textOf, textOrNull, wordOf } from './row.ts'
import { decide, verdictSettings } from './verdicts.ts'

const labels = ['none', 'labelled', 'empty', 'skipped'] as const

export function putTasks(db: Database, name: string, tasks: readonly TaskInput[], at: number) {
  const project = projectNumber(db, name)
  const done = { added: 0, changed: 0, unchanged: 0 }
  for (const task of tasks) done[putTask(db, project, task, at)]++
  if (done.added + done.changed > 0) bump(db, project)
  return done
}

function putTask(db: Database, project: number, task: TaskInput, at: number) {
  const old = db.get(
    'SELECT id, image, width, height, name, url, state, label FROM tasks WHERE project = ? AND key = ?',
    project,
    task.taskKey,
  )
  // The tool may not know what has been seen of the image since.
  const seen = old ?? { image: null, width: null, height: null }
  const image =
    task.imageDigest === undefined ? numberOrNull(seen, 'image') : imageNumber(db, task.imageDigest)
  const width = task.width ?? numberOrNull(seen, 'width')
  const height = task.height ?? numberOrNull(seen, 'height')
  const { url = null, state } = task
  const fields: readonly Value[] = [image, width, height, task.name, url, state]
  if (old === undefined) {
    const { id } = db.run(
      `INSERT INTO tasks (image, width, height, name, url, state, project, key, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...fields,
      project,
      task.taskKey,
      at,
    )
    // Its image may be labelled already, in another task.
    if (image !== null && isJudged(db, project, image)) judge(db, project, id, image, at)
    return 'added'
  }
  const before = ['image', 'width', 'height', 'name', 'url', 'state'].map((name) => old[name])
  if (before.every((value, i) => value === fields[i])) return 'unchanged'
  const id = numberOf(old, 'id')
  db.run(
    `UPDATE tasks SET image = ?, width = ?, height = ?, name = ?, url = ?, state = ?, updated_at = ?
     WHERE id = ?`,
    ...fields,
    at,
    id,
  )
  const oldImage = numberOrNull(old, 'image')
  const cameOrWent = (state === 'gone') !== (old['state'] === 'gone')
  if (oldImage === image && !cameOrWent) return 'changed'
  if (oldImage !== null) forgetProblems(db, project, oldImage, at)
  const hasLabels = db.get('SELECT 1 FROM labels WHERE task = ? LIMIT 1', id) !== undefined
  if (oldImage !== null && oldImage !== image && hasLabels) judge(db, project, id, oldImage, at)
  if (hasLabels || (image !== null && isJudged(db, project, image)) || old['label'] !== 'none') {
    judge(db, project, id, image, at)
  }
  return 'changed'
}

/** Of an image that no task of the project shows any more. */
function forgetProblems(db: Database, project: number, image: number, at: number) {
  const isShown = db.get(
    `SELECT 1 FROM tasks WHERE image = ? AND project = ? AND state <> 'gone' LIMIT 1`,
    image,
    project,
  )
  if (isShown !== undefined) return
  clearImageProblem(db, project, image, 'broken-image', at)
  clearImageProblem(db, project, image, 'wrong-size', at)
}

function isJudged(db: Database, project: number, image: number): boolean {
  const row = db.get('SELECT 1 FROM verdicts WHERE project = ? AND image = ?', project, image)
  return row !== undefined
}

function judge(db: Database, project: number, task: number, image: number | null, at: number) {
  decide(db, { project, task, image }, verdictSettings(db, project), at)
}

const columns = {
  id: 't.id',
  key: 't.key',
  name: 't.name',
  url: 't.url',
  state: 't.state',
  label: 't.label',
  updated_at: 't.updated_at',
  digest: 'i.digest',
  broken: 'i.broken',
  width: 'coalesce(i.width, t.width)',
  height: 'coalesce(i.height, t.height)',
  uncertainty: 's.uncertainty',
  foreground: 's.foreground',
  rank: 'q.rank',
}
const reals = ['uncertainty', 'foreground']
const from = `
  FROM tasks t
  LEFT JOIN images i ON i.id = t.image
  LEFT JOIN scores s ON s.project = t.project AND s.image = t.image AND s.round = ?1
  LEFT JOIN queue_rows q ON q.draft = ?2 AND q.task = t.id`

export function tasks(db: Database, name: string, page: PageQuery): Page<TaskView> {
  const { project, round, draft } = present(db, name)
  const rows = db.list(
    columns,
    reals,
    `${from} WHERE t.project = ?3 AND t.id > ?4 ORDER BY t.id LIMIT ?5`,
    round,
    draft,
    project,
    cursorOf(page, 0),
    page.limit + 1,
  )
  return pageOf(rows, page.limit, 'id', viewOf)
}

export function task(db: Database, name: string, key: string): TaskView | undefined {
  const { project, round, draft } = present(db, name)
  const [row] = db.list(
    columns,
    reals,
    `${from} WHERE t.project = ?3 AND t.key = ?4`,
    round,
    draft,
    project,
    key,
  )
  return row === undefined ? undefined : viewOf(row)
}

export function taskSizes(db: Database, name: string, keys: readonly string[]) {
  const project = projectNumber(db, name)
  const sizes = new Map<string, { readonly width: number; readonly height: number } | null>()
  for (const key of keys) {
    const row = db.get(
      `SELECT coalesce(i.width, t.width) AS width, coalesce(i.height, t.height) AS height
       FROM tasks t LEFT JOIN images i ON i.id = t.image WHERE t.project = ? AND t.key = ?`,
      project,
      key,
    )
    if (row === undefined) continue
    const width = numberOrNull(row, 'width')
    const height = numberOrNull(row, 'height')
    sizes.set(key, width === null || height === null ? null : { width, height })
  }
  return sizes
}

/** @throws Problem `not-found` */
export function taskRow(db: Database, project: number, key: string): Row {
  const row = db.get(
    'SELECT id, image, state FROM tasks WHERE project = ? AND key = ?',
    project,
    key,
  )
  if (row !== undefined) return row
  throw new Problem('not-found', `There is no task ${key} in this project: send the task first.`)
}

function present(db: Database, name: string) {
  const row = projectRow(db, name)
  return {
    project: numberOf(row, 'id'),
    round: numberOf(row, 'model_round'),
    draft: numberOf(row, 'draft'),
  }
}

function viewOf(row: Row): TaskView {
  return {
    taskKey: textOf(row, 'key'),
    imageDigest: textOrNull(row, 'digest'),
    width: numberOrNull(row, 'width'),
    height: numberOrNull(row, 'height'),
    name: textOf(row, 'name'),
    url: textOrNull(row, 'url'),
    state: wordOf(row, 'state', taskState.options),
    label: wordOf(row, 'label', labels),
    broken: textOrNull(row, 'broken'),
    uncertainty: numberOrNull(row, 'uncertainty'),
    foreground: numberOrNull(row, 'foreground'),
    rank: numberOrNull(row, 'rank'),
    updatedAt: momentOf(row, 'updated_at'),
  }
}
