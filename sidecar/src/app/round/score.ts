/** Scores some images of the pool. */
import { Problem } from '@suggestive/shared/problem'
import type { Job } from '../../ports/jobs.ts'
import { type ShardResult, shardPayload } from './job-data.ts'
import { jobsOf } from './jobs-of.ts'
import { reportLeftOut } from './left-out.ts'
import type { RoundPorts } from './ports.ts'
import { tellProgress } from './progress.ts'

export async function scoreShard(
  ports: RoundPorts,
  { project, round, payload }: Job,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { store, jobs, workshop, clock } = ports
  const began = clock.now()
  const { model, shards } = await jobsOf(jobs, { project, round })
  if (model === undefined) throw new Problem('conflict', `Round ${round} has no model yet.`)
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
  const scored = shards.reduce((sum, one) => sum + one.scored, scores.length)
  const at = clock.now()
  await store.progressRound(project, round, { scored }, at)
  const view = await store.round(project, round)
  const { members = 0, pool = 0 } = view ?? {}
  tellProgress(ports, { project, round }, { state: 'scoring', members, scored, pool })
  return { shard, scored: scores.length, seconds: (at - began) / 1000 }
}
