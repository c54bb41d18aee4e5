/** Is the database whole: pages, references, readable columns, and sums that agree with what they sum up? */
import { newProject, projectSettings } from '@suggestive/shared/protocol/project'
import type { Database, Row } from './database.ts'
import { mapRecord } from './maps.ts'
import { jsonOf, numberOf, textOf } from './row.ts'
import { damaged } from './sqlite-problem.ts'
import { labelIds } from './verdicts.ts'

/** @throws Problem `corrupt-store` that names the first damage and the remedy */
export function check(db: Database): void {
  const fault = integrityFault(db) ?? readabilityFault(db) ?? countFault(db) ?? ledgerFault(db)
  if (fault !== undefined) throw damaged(db.path, fault)
}

/** @returns what is wrong, without a full stop */
export function integrityFault(db: Database): string | undefined {
  const [first] = db.all('PRAGMA quick_check(1)')
  const said = textOf(first ?? {}, 'quick_check')
  if (said !== 'ok') return said
  const broken = db.get('PRAGMA foreign_key_check')
  if (broken === undefined) return undefined
  return `a row of ${textOf(broken, 'table')} refers to one of ${textOf(broken, 'parent')} that is not there`
}

function readabilityFault(db: Database): string | undefined {
  const columns: readonly (readonly [
    table: string,
    column: string,
    read: (row: Row) => unknown,
  ])[] = [
    ['projects', 'created_as', (row) => jsonOf(row, 'created_as', newProject)],
    ['projects', 'settings', (row) => jsonOf(row, 'settings', projectSettings)],
    ['verdicts', 'labels', (row) => jsonOf(row, 'labels', labelIds)],
    ['snapshots', 'labels', (row) => jsonOf(row, 'labels', labelIds)],
    ['maps', 'record', (row) => jsonOf(row, 'record', mapRecord)],
  ]
  for (const [table, column, read] of columns) {
    for (const row of db.each(`SELECT ${column} FROM ${table}`)) {
      try {
        read(row)
      } catch {
        return `the column ${column} of ${table} cannot be read`
      }
    }
  }
  return undefined
}

function countFault(db: Database): string | undefined {
  const wrong = db.get(
    `SELECT p.name FROM projects p LEFT JOIN
       (SELECT project, count(*) AS tasks, count(image) AS with_image,
          sum(label IN ('labelled', 'empty')) AS labelled, sum(label = 'empty') AS empty,
          sum(label = 'skipped') AS skipped, sum(state = 'in-progress') AS in_progress,
          sum(before) AS before_connection
        FROM tasks WHERE state <> 'gone' GROUP BY project) c ON c.project = p.id
     WHERE (p.tasks, p.with_image, p.labelled, p.empty, p.skipped, p.in_progress, p.before_connection)
       IS NOT (coalesce(c.tasks, 0), coalesce(c.with_image, 0), coalesce(c.labelled, 0),
         coalesce(c.empty, 0), coalesce(c.skipped, 0), coalesce(c.in_progress, 0),
         coalesce(c.before_connection, 0))`,
  )
  return wrong === undefined
    ? undefined
    : `the counts of project ${textOf(wrong, 'name')} are wrong`
}

function ledgerFault(db: Database): string | undefined {
  const wrong = db.get(
    `SELECT b.project FROM budgets b LEFT JOIN
       (SELECT project, sum(kind = 'image') AS images, sum((kind = 'image') * pixels) AS pixels,
          total(CASE WHEN kind = 'work' THEN seconds END) AS seconds
        FROM ledger GROUP BY project) l ON l.project = b.project
     WHERE b.images <> coalesce(l.images, 0) OR b.pixels <> coalesce(l.pixels, 0)
       OR abs(b.seconds - coalesce(l.seconds, 0)) > 0.001 * (1 + abs(b.seconds))`,
  )
  return wrong === undefined
    ? undefined
    : `the budget of project number ${numberOf(wrong, 'project')} is not the sum of its ledger`
}
