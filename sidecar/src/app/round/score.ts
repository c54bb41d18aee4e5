/** Scores some images of the pool. */
import { Problem } from '@suggestive/shared/problem'
import type { Job } from '../../ports/jobs.ts'
import { type ShardResult, shardPayload } from './job-data.ts'
import { reportLeftOut } from './left-out.ts'
import type { RoundPorts } from './ports.ts'
import { tellProgress } from './progress.ts'

export async function scoreShard(
  ports: RoundPorts,
  { project, round, payload }: Job,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { store, workshop, clock } = ports
  const began = clock.now()
  const before = await store.round(project, round)
  const model = before?.modelDigest ?? null
  if (before === undefined || model === null)
    throw new Problem('conflict', `Round ${round} has no model yet.`)
  const images = shardPayload(payload).images.map(({ digest, taskKey }) => ({
    digest,
    name: `task ${taskKey}`,
  }))
  await store.touchImages(
    images.map(({ digest }) => digest),
    began,
  )
  const { shard, scores, leftOut } = await workshop.score(model, images, signal)
  await reportLeftOut(ports, project, leftOut)
  await store.stageScores(project, round, scores)
  const { members, pool } = before
  // Exact at the end of the round: a repeated job counts twice until then.
  const scored = Math.min(pool, before.scored + scores.length)
  const at = clock.now()
  await store.progressRound(project, round, { scored }, at)
  tellProgress(ports, { project, round }, { state: 'scoring', members, scored, pool })
  return { shard, scored: scores.length, seconds: (at - began) / 1000 }
}
