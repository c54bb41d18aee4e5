/** One revision of the queue as the tool gets it: the whole order, and suggestions for its published part. */
import { Problem } from '../problem.ts'
import type { RunMask } from '../protocol/label.ts'
import type { MapRuns } from '../protocol/map-runs.ts'
import type { QueueRow, QueueSummary } from '../protocol/queue.ts'
import type { Publication, PublishedRow } from '../tool.ts'
import type { Connection } from './deps.ts'
import type { Mirror } from './mirror.ts'
import { reasonOf } from './reason.ts'
import { sideBySide } from './side-by-side.ts'

export interface PublicationPorts
  extends Pick<Connection, 'tool' | 'sidecar' | 'id' | 'page' | 'log'> {
  readonly mirror: Mirror
}

type Suggested = NonNullable<PublishedRow['suggestion']>

/** How long the sidecar may compute a suggestion that it has not stored. */
const waitSeconds = 20
const atATime = 4

/** @returns undefined when a newer revision has taken its place meanwhile */
export async function readPublication(
  ports: PublicationPorts,
  revision: number,
  signal: AbortSignal,
): Promise<Publication | undefined> {
  const { sidecar, id, mirror } = ports
  let queue: QueueSummary | undefined
  const rows: QueueRow[] = []
  for await (const page of sidecar.queue(id, revision, signal)) {
    queue = page.queue
    rows.push(...page.items)
  }
  // Of a revision that is two behind only the head is kept.
  if (queue === undefined || rows.length < queue.length) return undefined
  const suggestions = new Map<string, Suggested>()
  const { modelDigest } = queue
  if (modelDigest !== null) {
    const as = { ...queue, modelDigest }
    const head = rows.slice(0, queue.published)
    let isReplaced = false
    await sideBySide(head, atATime, async (row) => {
      if (isReplaced) return
      const found = await suggestionOf(ports, row, as, signal)
      if (found === 'replaced') isReplaced = true
      else if (found !== undefined) suggestions.set(row.taskKey, found)
    })
    if (isReplaced) return undefined
  }
  return {
    revision,
    round: queue.round,
    rows: rows
      .filter(({ taskKey }) => mirror.get(taskKey)?.state !== 'gone')
      .map(({ rank, taskKey }) => {
        const suggestion = suggestions.get(taskKey)
        return { rank, taskKey, ...(suggestion === undefined ? {} : { suggestion }) }
      }),
  }
}

async function suggestionOf(
  ports: PublicationPorts,
  row: QueueRow,
  queue: QueueSummary & { readonly modelDigest: string },
  signal: AbortSignal,
): Promise<Suggested | 'replaced' | undefined> {
  const { sidecar, id, page, log } = ports
  try {
    const found = await sidecar.suggestion(id, row.taskKey, waitSeconds, signal)
    if (found.modelDigest !== queue.modelDigest) return 'replaced'
    const probabilities = await probabilitiesOf(ports, row, found, signal)
    if (probabilities === 'replaced') return 'replaced'
    return {
      modelDigest: found.modelDigest,
      mask: found.mask,
      scores: new Map(found.scores.map(({ classId, score }) => [classId, score])),
      ...(probabilities.size === 0 ? {} : { probabilities }),
      reason: reasonOf(row, queue),
      page,
    }
  } catch (error) {
    const isAbsent = error instanceof Problem && absent.has(error.kind)
    if (!isAbsent) throw error
    // The image keeps its place in the order; it only comes without a pre-label.
    log.warn({ task: row.taskKey, why: error.message }, 'there is no suggestion for a task')
    return undefined
  }
}

/** Of the classes that the mask shows. */
async function probabilitiesOf(
  { tool, sidecar, id }: PublicationPorts,
  { taskKey }: QueueRow,
  { mask, modelDigest }: { readonly mask: RunMask; readonly modelDigest: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<number, MapRuns> | 'replaced'> {
  const maps = new Map<number, MapRuns>()
  if (tool.wantsProbabilities !== true) return maps
  for (const { classId } of mask.layers) {
    const found = await sidecar.probability(id, taskKey, classId, waitSeconds, signal)
    const { modelDigest: digest, ...runs } = found
    if (digest !== modelDigest) return 'replaced'
    maps.set(classId, runs)
  }
  return maps
}

const absent = new Set(['not-ready', 'unreadable-input', 'not-found'])
