/** Takes in what people have said since the cursor: the tool's labels are the truth, the sidecar is made to agree. */
import type { Label } from '../protocol/label.ts'
import type { TaskLabels } from '../tool.ts'
import { deliverLabels, type Refused } from './deliver-labels.ts'
import type { Connection } from './deps.ts'
import { type Known, knownOfAll, knownOfTasks } from './known-labels.ts'
import { labelChanges } from './label-changes.ts'
import type { Mirror } from './mirror.ts'

export interface LabelsRead {
  /** To be saved: everything before it is in the sidecar. */
  readonly cursor: string | undefined
  readonly accepted: number
  readonly repeated: number
  readonly refused: number
  /** Tasks that the tool's list does not have; their labels wait. */
  readonly unknown: readonly string[]
}

export interface LabelPorts extends Pick<Connection, 'tool' | 'sidecar' | 'id' | 'board'> {
  readonly mirror: Mirror
  /** When the sidecar came to know the project, milliseconds since 1970. */
  readonly connectedAt: number
  readonly onProgress?: (tasks: number) => void
}

/**
 * Without a cursor everything is read; then tasks that the tool does not name have no labels any more.
 *
 * @throws Problem when one side fails; the cursor is as good as before then
 */
export async function readLabels(
  ports: LabelPorts,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<LabelsRead> {
  const { tool, mirror } = ports
  const isFull = cursor === undefined
  const all = isFull ? await knownOfAll(ports, signal) : undefined
  const named = new Set<string>()
  const unknown = new Set<string>()
  const sum = { accepted: 0, repeated: 0, refused: 0 }
  let next = cursor

  async function take(tasks: readonly TaskLabels[]) {
    const here = tasks.filter(({ taskKey }) => mirror.get(taskKey) !== undefined)
    for (const { taskKey } of tasks) {
      if (mirror.get(taskKey) === undefined && !mirror.isRefused(taskKey)) unknown.add(taskKey)
      named.add(taskKey)
    }
    const keys = here.map(({ taskKey }) => taskKey)
    const known = all ?? (await knownOfTasks(ports, keys, signal))
    const done = await takeTasks(ports, here, known, isFull, signal)
    sum.accepted += done.accepted
    sum.repeated += done.repeated
    sum.refused += done.refused
    ports.onProgress?.(named.size)
  }

  for await (const page of tool.changes(cursor, signal)) {
    await take(page.tasks)
    next = page.cursor
  }
  const silent = [...(all?.keys() ?? [])].filter(
    (key) => !named.has(key) && mirror.get(key) !== undefined && mirror.get(key)?.state !== 'gone',
  )
  if (silent.length > 0) {
    await take(silent.map((taskKey) => ({ taskKey, labels: [], faults: [] })))
  }
  return { ...sum, cursor: next, unknown: [...unknown] }
}

async function takeTasks(
  ports: LabelPorts,
  tasks: readonly TaskLabels[],
  known: ReadonlyMap<string, Known>,
  isFull: boolean,
  signal: AbortSignal,
) {
  const labels = tasks.flatMap((task) => labelChanges(task, known.get(task.taskKey)))
  // Made before the connection: their cost is not counted. Later ones are news, however late they are read.
  const isEarlier = (label: Label) => isFull && finishedAt(label) < ports.connectedAt
  const sum = { accepted: 0, repeated: 0, refused: 0 }
  const refused: Refused[] = []
  for (const before of [true, false]) {
    const group = labels.filter((label) => isEarlier(label) === before)
    const done = await deliverLabels(ports, group, before, signal)
    sum.accepted += done.accepted
    sum.repeated += done.repeated
    sum.refused += done.refused.length
    refused.push(...done.refused)
  }
  for (const task of tasks) report(ports, task, refused)
  return sum
}

function finishedAt({ finishedAt }: Label): number {
  return finishedAt === undefined ? 0 : Date.parse(finishedAt)
}

function report({ board, mirror }: LabelPorts, task: TaskLabels, refused: readonly Refused[]) {
  const { taskKey, faults } = task
  const own = refused.filter(({ label }) => label.taskKey === taskKey)
  const sentences = [...faults, ...own.map(({ sentence }) => sentence)]
  if (sentences.length === 0) return board.clearOf('label', taskKey)
  board.setOf('label', taskKey, {
    sentence: `Task ${taskKey} is not used as it was annotated. ${sentences.join(' ')}`,
    remedy: 'Correct the annotation in the tool and save it again; all others count.',
    url: mirror.get(taskKey)?.url,
  })
}
