/** Chooses the batches of a round and stages its whole queue. */
import type { Job } from '../../ports/jobs.ts'
import type { Selection } from '../../ports/workshop.ts'
import { createBreath } from './breathe.ts'
import type { SelectResult } from './job-data.ts'
import { jobsOf } from './jobs-of.ts'
import { noProject } from './no-project.ts'
import type { RoundPorts } from './ports.ts'
import { queueOf, stage, tasksOfPool } from './queue-rows.ts'

export async function rankPool(
  ports: RoundPorts,
  { project, round, fence }: Job,
  signal: AbortSignal,
): Promise<SelectResult> {
  const { store, jobs, workshop, clock } = ports
  const began = clock.now()
  const [record, view] = [await store.project(project), await store.round(project, round)]
  if (record === undefined || view === undefined) throw noProject(project)
  const { shards } = await jobsOf(jobs, { project, round })
  const pool = await store.pool(project, round)
  const { k, candidates, depth } = view.settings
  const breathe = createBreath(ports)
  const [eligible, inProgress]: [string[], string[]] = [[], []]
  for (const image of pool) {
    await breathe()
    const side = image.inProgress ? inProgress : eligible
    side.push(image.imageDigest)
  }
  const selection = await workshop.select({
    shards: shards.flatMap(({ shard }) => shard ?? []),
    ...{ eligible, inProgress, k, candidates: Math.max(k, candidates), depth },
  })
  const ranked = { order: selection.order, ...columnsOf(selection) }
  // Another attempt is another draft: an interrupted one leaves no rows behind in it.
  const draft = `round-${round}-${fence}`
  await stage(store, project, draft, queueOf(ports, record, pool, ranked), signal)
  const taskOf = await tasksOfPool(ports, pool)
  const published = selection.order
    .slice(0, selection.gains.length)
    .flatMap((digest) => ({ taskKey: taskOf.get(digest) ?? '', digest }))
  return { draft, published, seconds: (clock.now() - began) / 1000 }
}

function columnsOf({ batches, gains, uncertainty, represents }: Selection) {
  const batchOf = batches.flatMap((size, i) => Array<number>(size).fill(i + 1))
  return { batchOf, gains, uncertainty, represents }
}
