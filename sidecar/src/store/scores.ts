/** The pool of images that may be suggested, and what the models said about them. */
import { Problem } from '@suggestive/shared/problem'
import type { PoolImage, Score } from '../ports/store.ts'
import type { Database } from './database.ts'
import { projectNumber } from './projects.ts'
import { hasEnded, roundRow } from './rounds.ts'
import { isSet, numberOf, textOf } from './row.ts'

/** Rounds after the one in which an image was skipped until it may be suggested again. */
const skipRounds = 3

/** At most `limit` images of the pool with larger digests than `after`. */
export function poolSlice(
  db: Database,
  name: string,
  round: number,
  after: string,
  limit: number,
): readonly PoolImage[] {
  return db
    .list(
      {
        digest: 'i.digest',
        key: 'min(t.key)',
        busy: `max(t.state = 'in-progress')`,
        stored: 'i.stored',
        now: `EXISTS (SELECT 1 FROM scores s
          WHERE s.project = t.project AND s.image = i.id AND s.round = ?4)`,
        scored: `coalesce((SELECT max(s.round) FROM scores s JOIN rounds r
          ON r.project = s.project AND r.number = s.round AND r.state = 'finished'
          WHERE s.project = t.project AND s.image = i.id), 0)`,
      },
      [],
      `FROM images i CROSS JOIN tasks t ON t.image = i.id AND t.project = ?1
       LEFT JOIN verdicts v ON v.project = t.project AND v.image = i.id
       WHERE i.digest > ?2 AND i.broken IS NULL AND t.state <> 'gone'
         AND (v.outcome IS NULL OR (v.outcome = 'skipped' AND v.skipped_in + ?3 <= ?4))
       GROUP BY i.digest ORDER BY i.digest LIMIT ?5`,
      projectNumber(db, name),
      after,
      skipRounds,
      round,
      limit,
    )
    .map((row) => ({
      imageDigest: textOf(row, 'digest'),
      taskKey: textOf(row, 'key'),
      inProgress: isSet(row, 'busy'),
      stored: isSet(row, 'stored'),
      scored: isSet(row, 'now'),
      scoredRound: numberOf(row, 'scored'),
    }))
}

/** Scores of a round are visible when the round is finished. */
export function stageScores(
  db: Database,
  name: string,
  round: number,
  scores: readonly Score[],
): void {
  const { project, row } = roundRow(db, name, round)
  if (hasEnded(row)) throw ended(round)
  // One statement for all: a call from JavaScript costs more than the row.
  const { changes } = db.run(
    `INSERT OR REPLACE INTO scores (project, image, round, uncertainty, foreground)
     SELECT ?, i.id, ?, s.value ->> 'uncertainty', s.value ->> 'foreground'
     FROM json_each(?) s CROSS JOIN images i ON i.digest = s.value ->> 'imageDigest'`,
    project,
    round,
    JSON.stringify(scores),
  )
  if (changes === scores.length) return
  for (const { imageDigest } of scores) {
    const known = db.get('SELECT 1 FROM images WHERE digest = ?', imageDigest)
    if (known === undefined) throw unknownImage(imageDigest)
  }
}

export function unknownImage(digest: string): Problem {
  return new Problem('not-found', `No task has the image ${digest}: send its task first.`)
}

export function ended(round: number): Problem {
  return new Problem('conflict', `Round ${round} has ended: nothing can be added to it.`)
}
