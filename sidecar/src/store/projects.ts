/** Projects: their settings, their counts, and the numbers by which everything else refers to them. */
import { isDeepStrictEqual } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import {
  type NewProject,
  newProject,
  type ProjectChange,
  projectClass,
  projectSettings,
} from '@suggestive/shared/protocol/project'
import { z } from 'zod'
import type { ProjectRecord } from '../ports/store.ts'
import type { Database, Row } from './database.ts'
import { isSet, jsonOf, momentOf, numberOf, textOf, textOrNull, wordOf } from './row.ts'

const tools = ['label-studio', 'cvat', 'none'] as const
const classList = z.array(projectClass)

export function createProject(db: Database, project: NewProject, at: number): void {
  const known = db.get('SELECT created_as FROM projects WHERE name = ?', project.id)
  if (known !== undefined) {
    if (isDeepStrictEqual(jsonOf(known, 'created_as', newProject), plain(project))) return
    throw new Problem(
      'conflict',
      `There is a project ${project.id} with other settings: choose another id, or change that one.`,
    )
  }
  const { id } = db.run(
    `INSERT INTO projects (name, created_as, title, tool, tool_project, classes, settings, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    project.id,
    JSON.stringify(project),
    project.name,
    project.tool,
    project.toolProject ?? null,
    JSON.stringify(project.classes),
    JSON.stringify(project.settings),
    at,
  )
  db.run('INSERT INTO budgets (project) VALUES (?)', id)
}

export function changeProject(db: Database, name: string, change: ProjectChange, at: number): void {
  const row = projectRow(db, name)
  const id = numberOf(row, 'id')
  const before = jsonOf(row, 'settings', projectSettings)
  const settings = projectSettings.parse({ ...before, ...defined(change.settings ?? {}) })
  if (settings.k > settings.candidates) {
    throw new Problem('wrong-use', 'The setting k must not be larger than candidates.', {
      errors: [{ pointer: '/settings/k', detail: 'must not be larger than candidates' }],
    })
  }
  if (change.classes !== undefined) keepUsedClasses(db, id, change.classes)
  const paused = change.paused ?? isSet(row, 'paused')
  db.run(
    `UPDATE projects SET title = ?, classes = ?, settings = ?, paused = ?, version = version + 1
     WHERE id = ?`,
    change.name ?? textOf(row, 'title'),
    change.classes === undefined ? textOf(row, 'classes') : JSON.stringify(change.classes),
    JSON.stringify(settings),
    paused ? 1 : 0,
    id,
  )
  if (settings.emptyMeans !== before.emptyMeans || settings.overlap !== before.overlap) {
    db.run('INSERT INTO judgings (project, at) VALUES (?, ?)', id, at)
  }
}

export function projects(db: Database): readonly ProjectRecord[] {
  return db.all('SELECT * FROM projects ORDER BY name').map(recordOf)
}

export function project(db: Database, name: string): ProjectRecord | undefined {
  const row = db.get('SELECT * FROM projects WHERE name = ?', name)
  return row === undefined ? undefined : recordOf(row)
}

/** The number of a project. @throws Problem `not-found` */
export function projectNumber(db: Database, name: string): number {
  const row = db.get('SELECT id FROM projects WHERE name = ?', name)
  return row === undefined ? unknownProject(name) : numberOf(row, 'id')
}

/** @throws Problem `not-found` */
export function projectRow(db: Database, name: string): Row {
  return db.get('SELECT * FROM projects WHERE name = ?', name) ?? unknownProject(name)
}

/** Something of it has changed: the next reader sees another version. */
export function bump(db: Database, project: number): void {
  db.run('UPDATE projects SET version = version + 1 WHERE id = ?', project)
}

function recordOf(row: Row): ProjectRecord {
  return {
    id: textOf(row, 'name'),
    name: textOf(row, 'title'),
    tool: wordOf(row, 'tool', tools),
    toolProject: textOrNull(row, 'tool_project'),
    classes: jsonOf(row, 'classes', classList),
    settings: jsonOf(row, 'settings', projectSettings),
    paused: isSet(row, 'paused'),
    createdAt: momentOf(row, 'created_at'),
    version: numberOf(row, 'version'),
    counts: {
      tasks: numberOf(row, 'tasks'),
      images: numberOf(row, 'with_image'),
      labelled: numberOf(row, 'labelled'),
      empty: numberOf(row, 'empty'),
      skipped: numberOf(row, 'skipped'),
      inProgress: numberOf(row, 'in_progress'),
      beforeConnection: numberOf(row, 'before_connection'),
    },
    round: numberOf(row, 'round'),
    modelDigest: textOrNull(row, 'model'),
    queueRevision: numberOf(row, 'revision'),
  }
}

function keepUsedClasses(db: Database, project: number, classes: readonly { id: number }[]): void {
  const left = new Set(classes.map(({ id }) => id))
  for (const row of db.all('SELECT class FROM class_uses WHERE project = ?', project)) {
    const id = numberOf(row, 'class')
    if (left.has(id)) continue
    throw new Problem(
      'conflict',
      `Labels use the class ${id}: it can be renamed, but not removed.`,
      { errors: [{ pointer: '/classes', detail: `must contain the class ${id}` }] },
    )
  }
}

function unknownProject(name: string): never {
  throw new Problem('not-found', `There is no project ${name}: create it first.`)
}

/** As it looks after a journey through JSON. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** The fields that are not undefined. */
function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
