/** Replies to requests that were sent with an idempotency key. */
import type { Database } from './database.ts'
import { numberOf, textOf } from './row.ts'

export interface KeptReply {
  /** Digest of the request. */
  readonly fingerprint: string
  readonly status: number
  readonly body: string
}

export function recall(db: Database, key: string): KeptReply | undefined {
  const row = db.get('SELECT fingerprint, status, body FROM replies WHERE key = ?', key)
  if (row === undefined) return undefined
  const fingerprint = textOf(row, 'fingerprint')
  return { fingerprint, status: numberOf(row, 'status'), body: textOf(row, 'body') }
}

/** The first reply under a key stays. */
export function remember(db: Database, key: string, reply: KeptReply, at: number): void {
  db.run(
    'INSERT OR IGNORE INTO replies (key, fingerprint, status, body, at) VALUES (?, ?, ?, ?, ?)',
    key,
    reply.fingerprint,
    reply.status,
    reply.body,
    at,
  )
}

/** Deletes at most `limit` of them. @returns how many */
export function forgetSomeReplies(db: Database, before: number, limit: number): number {
  return db.run(
    'DELETE FROM replies WHERE key IN (SELECT key FROM replies WHERE at < ? ORDER BY at LIMIT ?)',
    before,
    limit,
  ).changes
}
