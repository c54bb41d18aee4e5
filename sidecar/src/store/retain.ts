/** Forgets what is no longer kept (DESIGN section 5), a slice at a time, and names the blobs that are needed. */
import type { Database } from './database.ts'
import { mapRecord } from './maps.ts'
import { jsonOf, numberOf, textOf } from './row.ts'

/** Rows deleted in one transaction at most. */
const slice = 1000
const day = 24 * 60 * 60 * 1000
const modelDays = 30
const modelCount = 5
const describedRounds = 2
const active = `('training', 'scoring', 'selecting', 'publishing')`

/** Of `rounds r`: it failed, or its model is no longer stored. */
const forgotten = `(r.state IN ('failed', 'cancelled') OR r.state = 'finished' AND NOT EXISTS
  (SELECT 1 FROM models m WHERE m.project = r.project AND m.round = r.number AND m.stored = 1))`

/** Marks what may go; cheap. */
export function markRetained(db: Database, at: number): void {
  db.run(
    `UPDATE models SET stored = 0 WHERE stored = 1
       AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.id = models.project AND p.model = models.digest)
       AND NOT EXISTS (SELECT 1 FROM rounds r WHERE r.project = models.project
         AND r.number = models.round AND r.state IN ${active})
       AND (published_at IS NULL OR published_at < ?
         AND (SELECT count(*) FROM models n WHERE n.project = models.project
           AND n.published_at IS NOT NULL AND n.round > models.round) >= ?)`,
    at - modelDays * day,
    modelCount,
  )
  db.run(
    `UPDATE drafts SET unused_since = ? WHERE unused_since IS NULL
       AND NOT EXISTS (SELECT 1 FROM queues q WHERE q.draft = drafts.id)`,
    at,
  )
  // Somebody who stages rows for longer than a day has died.
  db.run(
    `UPDATE drafts SET abandoned = 1 WHERE abandoned = 0 AND unused_since < ?
       AND NOT EXISTS (SELECT 1 FROM queues q WHERE q.draft = drafts.id)`,
    at - day,
  )
}

/** Does one slice of the work on one sort of row. @returns whether there is more */
export type Sweep = (db: Database) => boolean

/** Once through everything, in this order. */
export function createSweeps(at: number): readonly Sweep[] {
  return [
    (db) => abandonedRows(db) > 0,
    (db) => abandonedDrafts(db) > 0,
    (db) => tails(db) > 0,
    (db) => oldMaps(db) > 0,
    oldScores(),
    (db) => oldJobs(db, at) > 0,
  ]
}

function abandonedRows(db: Database): number {
  return db.run(
    `DELETE FROM queue_rows WHERE (draft, rank) IN
       (SELECT q.draft, q.rank FROM drafts d CROSS JOIN queue_rows q ON q.draft = d.id
        WHERE d.abandoned = 1 LIMIT ${slice})`,
  ).changes
}

function abandonedDrafts(db: Database): number {
  return db.run(
    `DELETE FROM drafts WHERE id IN (SELECT id FROM drafts WHERE abandoned = 1
       AND NOT EXISTS (SELECT 1 FROM queue_rows q WHERE q.draft = drafts.id) LIMIT ${slice})`,
  ).changes
}

/** Beyond the published part only the current and the previous revision are kept. */
function tails(db: Database): number {
  const old = db.get(
    `SELECT q.project, q.revision, q.draft, q.published FROM queues q
     JOIN projects p ON p.id = q.project
     WHERE q.trimmed = 0 AND q.revision < p.revision - 1 LIMIT 1`,
  )
  if (old === undefined) return 0
  const { changes } = db.run(
    `DELETE FROM queue_rows WHERE draft = ?1 AND rank IN
       (SELECT rank FROM queue_rows WHERE draft = ?1 AND rank > ?2 LIMIT ${slice})`,
    numberOf(old, 'draft'),
    numberOf(old, 'published'),
  )
  if (changes === slice) return changes
  db.run(
    'UPDATE queues SET trimmed = 1 WHERE project = ? AND revision = ?',
    numberOf(old, 'project'),
    numberOf(old, 'revision'),
  )
  return Math.max(changes, 1)
}

/** Kept: those of the model in use, of the finished round before it, and of the round that runs. */
function oldMaps(db: Database): number {
  return db.run(
    `DELETE FROM maps WHERE (project, image, model) IN
       (SELECT m.project, m.image, m.model FROM projects p JOIN maps m ON m.project = p.id
        WHERE m.model IS NOT p.model
          AND m.round IS NOT (SELECT max(r.number) FROM rounds r WHERE r.project = p.id
            AND r.state = 'finished' AND r.number < p.model_round)
          AND m.round NOT IN (SELECT r.number FROM rounds r
            WHERE r.project = p.id AND (r.state IN ${active} OR r.number = p.model_round))
        LIMIT ${slice})`,
  ).changes
}

/**
 * Kept: those of stored models, of the round that runs, and the newest of each image. Goes through all images, a slice
 * at a time, when a round has come to be forgotten.
 */
function oldScores(): Sweep {
  let project = 0
  let image = 0
  return (db) => {
    const due = db.get(`SELECT 1 FROM rounds r WHERE r.swept = 0 AND ${forgotten} LIMIT 1`)
    if (due === undefined) return false
    const end = db.get(
      `SELECT project, image FROM scores WHERE (project, image) > (?, ?)
       ORDER BY project, image LIMIT 1 OFFSET ${slice - 1}`,
      project,
      image,
    )
    const lastProject = end === undefined ? Number.MAX_SAFE_INTEGER : numberOf(end, 'project')
    const lastImage = end === undefined ? 0 : numberOf(end, 'image')
    db.run(
      `DELETE FROM scores AS s
       WHERE (project, image) > (?, ?) AND (project, image) <= (?, ?) AND EXISTS
         (SELECT 1 FROM rounds r WHERE r.project = s.project AND r.number = s.round AND ${forgotten}
            AND (r.state <> 'finished' OR EXISTS
              (SELECT 1 FROM scores n JOIN rounds f
                 ON f.project = n.project AND f.number = n.round AND f.state = 'finished'
               WHERE n.project = s.project AND n.image = s.image AND n.round > s.round)))`,
      project,
      image,
      lastProject,
      lastImage,
    )
    project = lastProject
    image = lastImage
    if (end === undefined) {
      db.run(`UPDATE rounds AS r SET swept = 1 WHERE swept = 0 AND ${forgotten}`)
    }
    return end !== undefined
  }
}

/** Those of the latest finished rounds stay: they know the descriptors. */
function oldJobs(db: Database, at: number): number {
  return db.run(
    `DELETE FROM jobs WHERE id IN
       (SELECT j.id FROM jobs j WHERE j.ended_at < ? AND NOT EXISTS
         (SELECT 1 FROM projects p JOIN rounds r ON r.project = p.id
          WHERE p.name = j.project AND r.number = j.round AND r.state = 'finished'
            AND (SELECT count(*) FROM rounds n WHERE n.project = p.id AND n.state = 'finished'
              AND n.number > r.number) < ${describedRounds})
        ORDER BY j.ended_at LIMIT ${slice})`,
    at - modelDays * day,
  ).changes
}

/** All blobs that rows refer to. */
export function referredBlobs(db: Database) {
  const blobs = new Map<string, { kind: 'model' | 'map'; digest: string }>()
  const add = (kind: 'model' | 'map', digest: string) =>
    blobs.set(`${kind}/${digest}`, { kind, digest })
  for (const row of db.each('SELECT digest FROM models WHERE stored = 1')) {
    add('model', textOf(row, 'digest'))
  }
  for (const row of db.each('SELECT record FROM maps')) {
    const map = jsonOf(row, 'record', mapRecord)
    for (const digest of [map.mask, map.maskPng, map.variance]) add('map', digest)
    for (const { blob } of map.probability) add('map', blob)
  }
  return [...blobs.values()]
}
