/** Tasks that wait: for an image that nobody has seen, or for a place in the queue. */
import type { Page, PageQuery } from '../ports/store.ts'
import type { Database } from './database.ts'
import { cursorOf } from './pages.ts'
import { projectNumber, projectRow } from './projects.ts'
import { isSet, numberOf, textOf, textOrNull } from './row.ts'

const isLabelled = `(t.label IN ('labelled', 'empty'))`

/** Labelled ones first: a round can train on them. */
export function tasksWithoutImage(db: Database, name: string, limit: number): readonly string[] {
  const project = projectNumber(db, name)
  const unknown = db.all(
    `SELECT t.key, ${isLabelled} AS labelled FROM tasks t
     WHERE t.project = ? AND t.image IS NULL AND t.state <> 'gone'
     ORDER BY labelled DESC, t.id LIMIT ?`,
    project,
    limit,
  )
  const unseen = db.all(
    `SELECT t.key, ${isLabelled} AS labelled
     FROM images i CROSS JOIN tasks t ON t.image = i.id AND t.project = ?
     WHERE i.stored = 0 AND i.bytes IS NULL AND i.broken IS NULL AND t.state <> 'gone'
     ORDER BY labelled DESC, i.id, t.id LIMIT ?`,
    project,
    limit,
  )
  const all = [...unknown, ...unseen]
  const first = all.filter((row) => isSet(row, 'labelled'))
  const others = all.filter((row) => !isSet(row, 'labelled'))
  return [...first, ...others].slice(0, limit).map((row) => textOf(row, 'key'))
}

/** In byte order, after the key `after`. */
export function tasksOfUnknownImage(
  db: Database,
  name: string,
  after: string,
  limit: number,
): readonly string[] {
  return db
    .all(
      `SELECT key FROM tasks WHERE project = ? AND key > ? AND image IS NULL AND state = 'open'
         AND label = 'none' ORDER BY key LIMIT ?`,
      projectNumber(db, name),
      after,
      limit,
    )
    .map((row) => textOf(row, 'key'))
}

/** Looks through `page.limit` tasks at a time, so a page may be empty. */
export function unqueuedTasks(
  db: Database,
  name: string,
  page: PageQuery,
): Page<{ readonly taskKey: string; readonly imageDigest: string | null }> {
  const row = projectRow(db, name)
  const project = numberOf(row, 'id')
  const after = cursorOf(page, 0)
  const seen = db.get(
    `SELECT count(*) AS count, coalesce(max(id), 0) AS last FROM
       (SELECT id FROM tasks WHERE project = ? AND id > ? ORDER BY id LIMIT ?)`,
    project,
    after,
    page.limit,
  )
  const last = numberOf(seen ?? {}, 'last')
  const items = db
    .all(
      `SELECT t.key, i.digest FROM tasks t LEFT JOIN images i ON i.id = t.image
       WHERE t.project = ?1 AND t.id > ?2 AND t.id <= ?3 AND t.state = 'open' AND t.label = 'none'
         AND i.broken IS NULL
         AND NOT EXISTS (SELECT 1 FROM queue_rows q WHERE q.draft = ?4 AND q.task = t.id)
         AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.project = ?1 AND v.image = t.image)
         AND NOT EXISTS (SELECT 1 FROM tasks o WHERE o.image = t.image AND o.project = ?1
           AND (o.state = 'in-progress' OR EXISTS
             (SELECT 1 FROM queue_rows q WHERE q.draft = ?4 AND q.task = o.id)))
       ORDER BY t.id`,
      project,
      after,
      last,
      numberOf(row, 'draft'),
    )
    .map((found) => ({ taskKey: textOf(found, 'key'), imageDigest: textOrNull(found, 'digest') }))
  return { items, next: numberOf(seen ?? {}, 'count') < page.limit ? null : String(last) }
}
