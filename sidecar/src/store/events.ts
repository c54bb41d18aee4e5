/** Events: written in the transaction of the change they tell of. */
import { type StoredEvent, storedEvent } from '@suggestive/shared/protocol/event'
import type { Database, Row } from './database.ts'
import { projectNumber } from './projects.ts'
import { momentOf, numberOf, textOf, textOrNull } from './row.ts'
import { damaged } from './sqlite-problem.ts'

type Told = { [Type in StoredEvent['type']]: Extract<StoredEvent, { type: Type }>['data'] }

/** @param project null: concerns all */
export function tell<Type extends keyof Told>(
  db: Database,
  project: number | null,
  type: Type,
  data: Told[Type],
  at: number,
): void {
  db.run(
    'INSERT INTO events (at, project, type, data) VALUES (?, ?, ?, ?)',
    at,
    project,
    type,
    JSON.stringify(data),
  )
}

export function wantImages(
  db: Database,
  name: string,
  taskKeys: readonly string[],
  at: number,
): void {
  if (taskKeys.length === 0) return
  tell(db, projectNumber(db, name), 'image.wanted', { taskKeys: [...taskKeys] }, at)
}

/** Of one project with those that concern all; of all when none is named. */
export function events(
  db: Database,
  after: number,
  name: string | undefined,
  limit: number,
): readonly StoredEvent[] {
  const columns = `SELECT e.id, e.at, e.type, e.data, p.name AS project
    FROM events e LEFT JOIN projects p ON p.id = e.project WHERE e.id > ?`
  const rows =
    name === undefined
      ? db.all(`${columns} ORDER BY e.id LIMIT ?`, after, limit)
      : db.all(
          `${columns} AND (e.project = ? OR e.project IS NULL) ORDER BY e.id LIMIT ?`,
          after,
          projectNumber(db, name),
          limit,
        )
  return rows.map((row) => eventOf(db, row))
}

export function eventRange(db: Database): { readonly oldest: number; readonly newest: number } {
  const row = db.get('SELECT coalesce(min(id), 0) AS oldest FROM events') ?? {}
  return { oldest: numberOf(row, 'oldest'), newest: newestEvent(db) }
}

/** Id of the newest event ever; 0 before the first. */
export function newestEvent(db: Database): number {
  const row = db.get(`SELECT seq FROM sqlite_sequence WHERE name = 'events'`)
  return row === undefined ? 0 : numberOf(row, 'seq')
}

/** Deletes at most `limit` of them. @returns how many */
export function forgetSomeEvents(db: Database, before: number, limit: number): number {
  return db.run(
    'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT ?)',
    before,
    limit,
  ).changes
}

function eventOf(db: Database, row: Row): StoredEvent {
  const id = numberOf(row, 'id')
  const { data, success } = storedEvent.safeParse({
    id,
    at: momentOf(row, 'at'),
    project: textOrNull(row, 'project'),
    type: textOf(row, 'type'),
    data: parsed(textOf(row, 'data')),
  })
  if (!success) throw damaged(db.path, `event ${id} cannot be read`)
  return data
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
