/** Receipts: what the tool really serves of a queue revision. */
import {
  type Receipt,
  type ReceiptRecord,
  receipt as receiptSchema,
} from '@suggestive/shared/protocol/queue'
import type { Page, PageQuery } from '../ports/store.ts'
import type { Database } from './database.ts'
import { tell } from './events.ts'
import { newestFirst } from './pages.ts'
import { bump, projectNumber } from './projects.ts'
import { queueOf } from './queue.ts'
import { momentOf, numberOf, textOf, wordOf } from './row.ts'

export function addReceipt(db: Database, name: string, receipt: Receipt, at: number): void {
  const project = projectNumber(db, name)
  queueOf(db, project, receipt.revision)
  db.run(
    `INSERT INTO receipts (project, revision, outcome, applied, untouched, detail, at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    project,
    receipt.revision,
    receipt.outcome,
    receipt.applied,
    receipt.untouched,
    receipt.detail,
    at,
  )
  bump(db, project)
  tell(db, project, 'queue.receipt', receipt, at)
}

/** Newest first. */
export function receipts(db: Database, name: string, page: PageQuery): Page<ReceiptRecord> {
  return newestFirst(db, 'receipts', 'id', projectNumber(db, name), page, (row) => ({
    revision: numberOf(row, 'revision'),
    outcome: wordOf(row, 'outcome', receiptSchema.shape.outcome.options),
    applied: numberOf(row, 'applied'),
    untouched: numberOf(row, 'untouched'),
    detail: textOf(row, 'detail'),
    at: momentOf(row, 'at'),
  }))
}
