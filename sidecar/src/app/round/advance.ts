/** The next step of a round: which job follows from what its jobs have left. Safe to call at any time. */
import { Problem } from '@suggestive/shared/problem'
import type { RoundState, RoundView } from '@suggestive/shared/protocol/round'
import type { JobSpec } from '../../ports/jobs.ts'
import { endRound } from './end.ts'
import type { MemberPayload } from './job-data.ts'
import { jobsOf, type RoundJobs } from './jobs-of.ts'
import { noProject } from './no-project.ts'
import type { RoundKey, RoundPorts } from './ports.ts'

export interface Step {
  readonly state: RoundState
  readonly job: Pick<JobSpec, 'kind' | 'payload'> & { readonly name: string }
}

/** Submits one job at a time, so that the jobs of several projects alternate. */
export async function advance(ports: RoundPorts, key: RoundKey): Promise<void> {
  const { store, jobs, clock } = ports
  const { project, round: number } = key
  const round = await store.round(project, number)
  if (round === undefined || round.finishedAt !== null) return
  const done = await jobsOf(jobs, key)
  if (done.all.some(({ state }) => state === 'cancelled')) {
    return await endRound(ports, key, 'cancelled', null)
  }
  const failed = done.all.find(({ state }) => state === 'failed')
  if (failed !== undefined) return await endRound(ports, key, 'failed', failed.failure)
  if (done.all.some(({ state }) => state !== 'finished')) return
  const step = await stepAfter(ports, key, round, done)
  if (step.state !== round.state) {
    await store.progressRound(project, number, { state: step.state }, clock.now())
  }
  const { name, kind, payload } = step.job
  const spec = { key: `${project}/${number}/${name}`, project, round: number, kind, payload }
  await jobs.submit([{ ...spec, priority: 0 }], clock.now())
}

async function stepAfter(
  ports: RoundPorts,
  key: RoundKey,
  round: RoundView,
  { all, members, model, shards, selected, seconds }: RoundJobs,
): Promise<Step> {
  if (members.length < round.members) {
    const member = members.length
    const [first] = members
    const classIds = first?.classIds ?? (await classIdsOf(ports, key.project))
    const { without = [], masks = null, scale = null } = first ?? {}
    const payload: MemberPayload = { member, without, classIds, masks, scale }
    return { state: 'training', job: { kind: 'member', name: `member/${member}`, payload } }
  }
  if (model === undefined) {
    return { state: 'training', job: { kind: 'join', name: 'join', payload: {} } }
  }
  if (selected === undefined) {
    const spent = shards.reduce((sum, shard) => sum + shard.seconds, 0)
    const images = await ports.plans.next(key, round, spent)
    if (images.length === 0) {
      return { state: 'selecting', job: { kind: 'select', name: 'select', payload: {} } }
    }
    const name = `shard/${shards.length}`
    return { state: 'scoring', job: { kind: 'shard', name, payload: { images } } }
  }
  if (!all.some(({ kind }) => kind === 'publish')) {
    const payload = { spent: seconds }
    return { state: 'publishing', job: { kind: 'publish', name: 'publish', payload } }
  }
  throw new Problem(
    'conflict',
    `Round ${round.number} of project ${key.project} has published but not ended: cancel it.`,
  )
}

async function classIdsOf({ store }: RoundPorts, project: string): Promise<readonly number[]> {
  const record = await store.project(project)
  if (record === undefined) throw noProject(project)
  return record.classes.map(({ id }) => id).sort((a, b) => a - b)
}
