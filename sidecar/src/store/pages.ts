/** Pages of a list: after which row number they begin. */
import { Problem } from '@suggestive/shared/problem'
import type { Page, PageQuery } from '../ports/store.ts'
import type { Database, Row } from './database.ts'
import { numberOf } from './row.ts'

/** The number in a cursor; `start` without one. @throws Problem `wrong-use` for anything that `pageOf` did not make */
export function cursorOf({ after }: PageQuery, start: number): number {
  if (after === undefined) return start
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw new Problem(
    'wrong-use',
    'The cursor `after` is not one of this list: leave it out to start again.',
    {
      errors: [{ pointer: '/after', detail: 'must be the `next` of the page before' }],
    },
  )
}

/**
 * @param rows one more than the limit when more follow
 * @param column that the cursor counts by
 */
export function pageOf<Item>(
  rows: readonly Row[],
  limit: number,
  column: string,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next = rows.length > limit && last !== undefined ? String(numberOf(last, column)) : null
  return { items: items.map(itemOf), next }
}

/** A page of a project's rows, the newest first. @param column that grows from row to row */
export function newestFirst<Item>(
  db: Database,
  table: 'queues' | 'rounds' | 'receipts',
  column: string,
  project: number,
  page: PageQuery,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const rows = db.all(
    `SELECT * FROM ${table} WHERE project = ? AND ${column} < ? ORDER BY ${column} DESC LIMIT ?`,
    project,
    cursorOf(page, Number.MAX_SAFE_INTEGER),
    page.limit + 1,
  )
  return pageOf(rows, page.limit, column, itemOf)
}
