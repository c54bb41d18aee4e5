/** Makes the maps of the chosen images, then makes the round's queue the current one. */
import { Problem } from '@suggestive/shared/problem'
import { fieldsOf } from '../../domain/fields.ts'
import type { Job } from '../../ports/jobs.ts'
import { failureKey } from './end.ts'
import type { SelectResult } from './job-data.ts'
import { jobsOf } from './jobs-of.ts'
import { reportLeftOut } from './left-out.ts'
import { missingWarning } from './missing-warning.ts'
import type { RoundPorts } from './ports.ts'

/** Images whose maps are made and staged together. */
const mapSlice = 4

export async function publishRound(
  ports: RoundPorts,
  job: Job,
  signal: AbortSignal,
): Promise<{ readonly revision: number | null }> {
  const { store, jobs, workshop, clock, log } = ports
  const { project, round } = job
  const began = clock.now()
  const view = await store.round(project, round)
  // Published by an attempt whose end got lost.
  if (view?.state === 'finished') return { revision: view.queueRevision }
  const { model, selected, shards } = await jobsOf(jobs, { project, round })
  if (view === undefined || model === undefined || selected === undefined) {
    throw new Problem('conflict', `Round ${round} has nothing to publish yet.`)
  }
  await makeMaps(ports, job, model, selected.published, signal)
  const at = clock.now()
  const seconds = fieldsOf(job.payload, 'a publish job').number('spent') + (at - began) / 1000
  const scored = shards.reduce((sum, shard) => sum + shard.scored, 0)
  const warnings = [...view.warnings, ...(await missingWarning(ports, job))]
  await store.progressRound(
    project,
    round,
    {
      scored,
      warnings: [...new Set(warnings)],
      // The difference, because an earlier attempt may have got this far.
      computeSeconds: Math.max(0, seconds - view.computeSeconds),
    },
    at,
  )
  if (signal.aborted) throw new Problem('cancelled', 'The round was cancelled.')
  const as = { origin: 'round', round, modelDigest: model } as const
  const published = selected.published.length
  const revision = await store.publish(project, selected.draft, { ...as, published }, at)
  log.info({ project, round, revision, model, seconds }, 'a round was published')
  await store.clearProblem(project, failureKey, at)
  await workshop.forget(`${project}/${round}`)
  return { revision }
}

async function makeMaps(
  ports: RoundPorts,
  { project, round }: Job,
  modelDigest: string,
  published: SelectResult['published'],
  signal: AbortSignal,
) {
  const { store, workshop } = ports
  for (let first = 0; first < published.length; first += mapSlice) {
    const slice = published.slice(first, first + mapSlice)
    const images = slice.map(({ digest, taskKey }) => ({ digest, name: `task ${taskKey}` }))
    const work = { modelDigest, round, images, urgent: false }
    const { maps, leftOut } = await workshop.maps(work, signal)
    await reportLeftOut(ports, project, leftOut)
    await store.stageMaps(project, round, maps)
  }
}
