/** Which annotations the sidecar knows, task by task. */
import type { LabelRecord } from '../protocol/label.ts'
import type { Connection } from './deps.ts'
import { sideBySide } from './side-by-side.ts'

/** The newest version of each annotation of a task, by its external id. */
export type Known = ReadonlyMap<string, LabelRecord>

type Port = Pick<Connection, 'sidecar' | 'id'>

export async function knownOfTasks(
  { sidecar, id }: Port,
  taskKeys: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Map<string, LabelRecord>>()
  await sideBySide(taskKeys, 4, async (task) => {
    for await (const { items } of sidecar.labels(id, task, signal)) note(known, items)
  })
  return known
}

/** Of the whole project, which is cheaper when most tasks are looked at. */
export async function knownOfAll(
  { sidecar, id }: Port,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Map<string, LabelRecord>>()
  for await (const { items } of sidecar.labels(id, undefined, signal)) note(known, items)
  return known
}

/** Records come oldest first; a version that came late is not the newest. */
function note(known: Map<string, Map<string, LabelRecord>>, records: readonly LabelRecord[]) {
  for (const record of records) {
    const ofTask = known.get(record.taskKey) ?? new Map<string, LabelRecord>()
    known.set(record.taskKey, ofTask)
    const newest = ofTask.get(record.externalId)
    if (newest === undefined || record.version >= newest.seenVersion) {
      ofTask.set(record.externalId, record)
    }
  }
}
