/** Models of finished rounds. */
import { Problem } from '@suggestive/shared/problem'
import type { ModelView } from '@suggestive/shared/protocol/model'
import type { Database } from './database.ts'
import { projectNumber } from './projects.ts'
import { isSet, momentOf, numberOf, numberOrNull, textOf } from './row.ts'

export function models(db: Database, name: string): readonly ModelView[] {
  return db
    .all(
      `SELECT m.*, r.held_out_dice, m.digest = p.model AS in_use FROM models m
       JOIN projects p ON p.id = m.project
       JOIN rounds r ON r.project = m.project AND r.number = m.round
       WHERE m.project = ? AND m.published_at IS NOT NULL ORDER BY m.round DESC`,
      projectNumber(db, name),
    )
    .map((row) => ({
      digest: textOf(row, 'digest'),
      round: numberOf(row, 'round'),
      createdAt: momentOf(row, 'created_at'),
      bytes: numberOf(row, 'bytes'),
      inUse: numberOrNull(row, 'in_use') === 1,
      heldOutDice: numberOrNull(row, 'held_out_dice'),
      stored: isSet(row, 'stored'),
    }))
}

export function useModel(db: Database, name: string, digest: string): void {
  const project = projectNumber(db, name)
  const model = db.get(
    `SELECT round FROM models
     WHERE project = ? AND digest = ? AND stored = 1 AND published_at IS NOT NULL`,
    project,
    digest,
  )
  if (model === undefined) {
    throw new Problem(
      'not-found',
      `Project ${name} has no stored model ${digest}: choose one from the list of its models.`,
    )
  }
  setModel(db, project, digest, numberOf(model, 'round'))
}

export function setModel(db: Database, project: number, digest: string, round: number): void {
  db.run(
    'UPDATE projects SET model = ?, model_round = ?, version = version + 1 WHERE id = ?',
    digest,
    round,
    project,
  )
}
