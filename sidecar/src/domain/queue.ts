/** The order of the whole queue: suggested batches first, then by uncertainty. DESIGN section 2, Depth of the queue. */
import { distinctRows, highest, lowerRow } from './ranking.ts'
import { type Suggestion, type SuggestionRequest, suggestBatches } from './select.ts'

/** Batches that are chosen by the full rule; 8 batches of 8 = 64 images. */
export const publishDepth = 8

export interface QueueRequest extends Omit<SuggestionRequest, 'chosen'> {
  /** Rows that somebody is working on: covered, never in the queue. */
  readonly inProgress?: Iterable<number>
  /** Batches; `publishDepth` when absent. */
  readonly depth?: number
}

export interface QueueOrder {
  /** The published part; the first batch is the suggestion. */
  readonly batches: readonly Suggestion[]
  /** All eligible rows that are not in progress, each once: the batches, then the rest by uncertainty. */
  readonly rows: readonly number[]
}

/** Every eligible image in the order in which it should be annotated. */
export async function queue(request: QueueRequest): Promise<QueueOrder> {
  const { inProgress = [], depth = publishDepth, uncertainty, ties = lowerRow } = request
  const taken = new Set(inProgress)
  const batches = await suggestBatches({ ...request, chosen: taken }, depth)
  const published = batches.flatMap((batch) => batch.rows)
  const first = new Set(published)
  const rest = distinctRows(request.eligible, uncertainty.length).filter(
    (row) => !taken.has(row) && !first.has(row),
  )
  return { batches, rows: published.concat(highest(uncertainty, rest, rest.length, ties)) }
}
