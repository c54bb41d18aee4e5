/** Leaves a project as it was before the connection. */
import { sideBySide } from '@suggestive/shared/bridge/side-by-side'
import { type Access, readPool, unlessGone } from './pool/access.ts'
import { isUntouched } from './pool/standing.ts'
import { splitShapes } from './publication/own-shapes.ts'
import { unlinkTasks } from './publication/trackers.ts'
import { takeBack } from './queue/assign.ts'
import { clearRounds } from './queue/old-rounds.ts'
import { removeUnfinished } from './queue/round-task.ts'
import { memory as memoryForm } from './state.ts'
import { removeWebhooks } from './webhooks.ts'

const atOnce = 4

/**
 * Takes back what is still as the plugin had set it; what people have begun or finished stays with them, pre-labels
 * included. May be repeated after a failure. Which frames are copies of which is kept, and
 * the numbers of classes: labels need them.
 *
 * @param webhookUrl where the plugin takes deliveries
 */
export async function leaveProject(
  access: Access,
  webhookUrl: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { client, project, ledger } = access
  if (webhookUrl !== undefined) await removeWebhooks(client, project, { url: webhookUrl }, signal)
  await removeUnfinished(access, signal)
  await clearRounds(access, await readPool(access, signal), null, signal, true)
  const known = await ledger.read()
  await sideBySide(Object.keys(known.prelabels).map(Number), atOnce, (job) =>
    removeShapes(access, job, signal),
  )
  for (const job of Object.keys(known.assignments).map(Number)) {
    await takeBack(access, job, signal, true)
  }
  await unlinkTasks(access, signal)
  await ledger.change(({ copies, finished, classes }) =>
    memoryForm.parse({ copies, finished, classes }),
  )
}

async function removeShapes(
  { client, ledger, now }: Access,
  id: number,
  signal: AbortSignal,
): Promise<void> {
  const memory = { ...(await ledger.read()), leases: {} }
  const present = await unlessGone(client.annotations(id, signal))
  if (present === undefined) return
  const { ours, hasOthers } = splitShapes(present, memory.prelabels[id])
  if (hasOthers || ours.length === 0) return
  const job = await unlessGone(client.job(id, signal))
  if (job === undefined || !isUntouched(job, memory, now())) return
  await client.deleteShapes(id, ours, signal)
}
