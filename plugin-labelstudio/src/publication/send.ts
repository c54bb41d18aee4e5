/** Gets predictions into Label Studio, all of them, whatever it drops on the way. */
import { Problem } from '@suggestive/shared/problem'
import { withVersion } from '../client/task-query.ts'
import type { Client } from '../client.ts'
import { taskPages } from '../task-pages.ts'
import { bodiesOf } from './bodies.ts'
import { bulkMs, isBulkCheaper } from './cost.ts'
import type { PredictionRow } from './rows.ts'

export interface Sending {
  readonly project: number
  readonly version: string
  /** Tasks of the project. */
  readonly projectTasks: number
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Between two looks at what an import without an answer has done. */
const lookMs = 5000
/** Times that what is missing is sent again. */
const mostRepairs = 3

/**
 * Sends the rows that the server does not have yet. Repeating it is safe: it looks first.
 *
 * @returns the rows that are there now; tasks that do not exist any more are left out
 * @throws Problem `tool-failed` when rows stay away
 */
export async function sendAll(
  client: Client,
  rows: readonly PredictionRow[],
  sending: Sending,
  signal: AbortSignal,
): Promise<readonly PredictionRow[]> {
  const { project, version } = sending
  const before = (await client.modelVersions(project, signal))[version] ?? 0
  let wanted = rows
  let missing = before === 0 ? rows : await withoutHeld(client, rows, sending, signal)
  for (let repair = 0; missing.length > 0; repair++) {
    if (repair > mostRepairs) throw staysAway(missing, rows.length, version)
    const outcome = await sendOnce(client, missing, sending, signal)
    // What was dropped once is looked up after it was sent again.
    if (outcome === 'complete' && repair === 0) return wanted
    if (outcome === 'unknown-task') {
      const existing = await existingTasks(client, project, signal)
      wanted = wanted.filter(({ task }) => existing.has(task))
    }
    missing = await withoutHeld(client, wanted, sending, signal)
  }
  return wanted
}

type Outcome = 'complete' | 'incomplete' | 'unknown-task'

async function sendOnce(
  client: Client,
  rows: readonly PredictionRow[],
  sending: Sending,
  signal: AbortSignal,
): Promise<Outcome> {
  const masks = rows.filter(({ prediction }) => prediction.result.length > 0).length
  if (!isBulkCheaper(sending.projectTasks, rows.length, masks)) {
    return sendSingly(client, rows, signal)
  }
  let isComplete = true
  for (const { body, rows: sent } of bodiesOf(rows.map(({ prediction }) => prediction))) {
    const outcome = await client.importPredictions(sending.project, body, signal)
    if (outcome.kind === 'unknown-task') return 'unknown-task'
    if (outcome.kind === 'unknown') {
      await untilQuiet(client, bulkMs(sending.projectTasks, masks), sending, signal)
      isComplete = false
    } else if (outcome.created !== sent) isComplete = false
  }
  return isComplete ? 'complete' : 'incomplete'
}

async function sendSingly(
  client: Client,
  rows: readonly PredictionRow[],
  signal: AbortSignal,
): Promise<Outcome> {
  let isComplete = true
  for (const { prediction } of rows) {
    const outcome = await client.addPrediction(prediction, signal)
    if (outcome === 'unknown-task') return 'unknown-task'
    if (outcome === 'unknown') isComplete = false
  }
  return isComplete ? 'complete' : 'incomplete'
}

/** The server goes on working after the one in front has given up: waits until the number of predictions stands still. */
async function untilQuiet(
  client: Client,
  estimateMs: number,
  { project, version, pause }: Sending,
  signal: AbortSignal,
): Promise<void> {
  let last = -1
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    await pause(lookMs, signal)
    const now = (await client.modelVersions(project, signal))[version] ?? 0
    // Nothing yet may mean that it was never begun, or that it is not committed.
    const isOver = now > 0 ? now === last : waitedMs >= Math.max(3 * estimateMs, 60_000)
    if (isOver) return
    last = now
  }
}

async function withoutHeld(
  client: Client,
  rows: readonly PredictionRow[],
  { project, version }: Sending,
  signal: AbortSignal,
): Promise<readonly PredictionRow[]> {
  const held = new Set<number>()
  const query = (after: number) => withVersion(version, after)
  for await (const tasks of taskPages(client, project, signal, query)) {
    for (const { id } of tasks) held.add(id)
  }
  return rows.filter(({ task }) => !held.has(task))
}

async function existingTasks(
  client: Client,
  project: number,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const existing = new Set<number>()
  for await (const tasks of taskPages(client, project, signal)) {
    for (const { id } of tasks) existing.add(id)
  }
  return existing
}

function staysAway(missing: readonly PredictionRow[], all: number, version: string): Problem {
  const tasks = missing.slice(0, 5).map(({ task }) => task)
  return new Problem(
    'tool-failed',
    `${missing.length} of ${all} predictions of ${version} do not get into Label Studio (tasks ${tasks.join(', ')} ...): see in its log why.`,
  )
}
