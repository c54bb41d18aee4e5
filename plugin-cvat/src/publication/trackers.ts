/** The page that says why, as "View bug tracker" of the tasks (contract section 6). */
import { type Access, unlessGone } from '../pool/access.ts'
import type { Pool } from '../pool.ts'

const longest = 2000

/** Puts the page where nothing is, or an earlier page of ours; what somebody else has put there stays. */
export async function linkTasks(
  { client, ledger }: Pick<Access, 'client' | 'ledger'>,
  pool: Pool,
  tasks: ReadonlySet<number>,
  page: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (page === undefined || page.length > longest) return
  const { trackers } = await ledger.read()
  const open: number[] = []
  for (const id of tasks) {
    // The task of a round may have been made since.
    const task = pool.tasks.get(id)?.task ?? (await unlessGone(client.task(id, signal)))
    const present = task?.bug_tracker
    const isOurs = present !== undefined && present === trackers[id] && present !== page
    if (present === '' || isOurs) open.push(id)
  }
  if (open.length === 0) return
  await ledger.change((memory) => ({
    ...memory,
    trackers: { ...memory.trackers, ...Object.fromEntries(open.map((id) => [id, page])) },
  }))
  for (const id of open) await unlessGone(client.setBugTracker(id, page, signal))
}

/** Empty again where ours still is. */
export async function unlinkTasks(
  { client, ledger }: Pick<Access, 'client' | 'ledger'>,
  signal: AbortSignal,
): Promise<void> {
  const { trackers } = await ledger.read()
  for (const [id, page] of Object.entries(trackers)) {
    const task = await unlessGone(client.task(Number(id), signal))
    if (task?.bug_tracker === page) await unlessGone(client.setBugTracker(task.id, '', signal))
    await ledger.change((memory) => {
      const { [id]: _, ...rest } = memory.trackers
      return { ...memory, trackers: rest }
    })
  }
}
