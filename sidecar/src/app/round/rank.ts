/** Chooses the batches of a round and stages its whole queue. */
import { createHash } from 'node:crypto'
import type { Job } from '../../ports/jobs.ts'
import type { Selection } from '../../ports/workshop.ts'
import type { SelectResult } from './job-data.ts'
import { jobsOf } from './jobs-of.ts'
import { noProject } from './no-project.ts'
import type { RoundPorts } from './ports.ts'
import { queueTail, rowsOf, stage } from './queue-rows.ts'

export async function rankPool(
  ports: RoundPorts,
  { project, round }: Job,
  signal: AbortSignal,
): Promise<SelectResult> {
  const { store, jobs, workshop, clock } = ports
  const began = clock.now()
  const record = await store.project(project)
  if (record === undefined) throw noProject(project)
  const { shards } = await jobsOf(jobs, { project, round })
  const pool = await store.pool(project, round)
  const { k, candidates, depth } = record.settings
  const selection = await workshop.select({
    shards: shards.flatMap(({ shard }) => shard ?? []),
    eligible: pool.flatMap((image) => (image.inProgress ? [] : image.imageDigest)),
    inProgress: pool.flatMap((image) => (image.inProgress ? image.imageDigest : [])),
    ...{ k, candidates: Math.max(k, candidates), depth },
  })
  const taskOf = new Map(pool.map(({ imageDigest, taskKey }) => [imageDigest, taskKey]))
  const ranked = rowsOf({ order: selection.order, taskOf, ...columnsOf(selection) })
  const known = new Set(selection.order)
  const rows = [...ranked, ...(await queueTail(ports, record, pool, known, ranked.length))]
  const draft = `round-${round}-${fingerprint(rows.map(({ taskKey }) => taskKey))}`
  await stage(store, project, draft, rows, signal)
  const count = selection.gains.length
  return {
    draft,
    published: ranked
      .slice(0, count)
      .map(({ taskKey, imageDigest }) => ({ taskKey, digest: imageDigest ?? '' })),
    seconds: (clock.now() - began) / 1000,
  }
}

function columnsOf({ batches, gains, uncertainty, represents }: Selection) {
  const batchOf = batches.flatMap((size, i) => Array<number>(size).fill(i + 1))
  return { batchOf, gains, uncertainty, represents }
}

/** A draft of another order is another draft: an interrupted one leaves no rows behind in it. */
export function fingerprint(taskKeys: readonly string[]): string {
  return createHash('sha256').update(taskKeys.join('\n')).digest('hex').slice(0, 12)
}
