/** Rows of a publication as predictions. */
import { setImmediate as breathe } from 'node:timers/promises'
import type { PublishedRow } from '@suggestive/shared/tool'
import type { NewPrediction } from '../client/predictions.ts'
import type { Configuration } from '../codec/configuration.ts'
import { mapOfRuns } from '../codec/graded.ts'
import { prelabelFrom } from '../codec/prelabel.ts'

export interface PredictionRow {
  readonly task: number
  readonly prediction: NewPrediction
}

export interface RowOptions {
  readonly version: string
  readonly configuration: Configuration
  readonly shape: 'auto' | 'brush' | 'polygon'
  /** Tasks that must not get a pre-label. */
  readonly untouched: ReadonlySet<number>
}

/**
 * One for each task in the order of the ranks; the scores are distinct and rise with the rank, 0..1. Gives the event loop
 * its turn between masks.
 *
 * @returns notes of what was left out of pre-labels
 */
export async function predictionRows(
  rows: readonly PublishedRow[],
  options: RowOptions,
): Promise<{ readonly rows: readonly PredictionRow[]; readonly notes: readonly string[] }> {
  const made: PredictionRow[] = []
  const notes: string[] = []
  for (const [index, row] of rows.entries()) {
    const task = Number(row.taskKey)
    const shown = options.untouched.has(task) ? undefined : row.suggestion
    if (shown !== undefined) await breathe()
    const prelabel =
      shown === undefined ? { result: [], notes: [] } : prelabelOf(shown, row.taskKey, options)
    notes.push(...prelabel.notes.map((note) => `Task ${row.taskKey}: ${note}`))
    const prediction = {
      task,
      model_version: options.version,
      score: (index + 1) / (rows.length + 1),
      result: prelabel.result,
    }
    made.push({ task, prediction })
  }
  return { rows: made, notes }
}

function prelabelOf(
  {
    mask,
    scores,
    probabilities = new Map(),
    reason,
    page,
  }: NonNullable<PublishedRow['suggestion']>,
  taskKey: string,
  { version, configuration, shape }: RowOptions,
) {
  return prelabelFrom(mask, configuration, {
    shape,
    isGraded: probabilities.size > 0,
    probabilities: new Map([...probabilities].map(([id, runs]) => [id, mapOfRuns(runs)])),
    scores,
    lines: [reason, page],
    idPrefix: `${version}-${taskKey}`,
  })
}
