/** The jobs of one round by kind, with what the finished ones have left. */
import type { JobOutcome, Jobs } from '../../ports/jobs.ts'
import {
  joinResult,
  type MemberResult,
  memberResult,
  type SelectResult,
  type ShardResult,
  selectResult,
  shardResult,
} from './job-data.ts'
import type { RoundKey } from './ports.ts'

export interface RoundJobs {
  readonly all: readonly JobOutcome[]
  readonly members: readonly MemberResult[]
  readonly model: string | undefined
  readonly shards: readonly ShardResult[]
  readonly selected: SelectResult | undefined
  /** Of all finished jobs. */
  readonly seconds: number
}

export async function jobsOf(jobs: Jobs, { project, round }: RoundKey): Promise<RoundJobs> {
  const all = await jobs.outcomes(project, round)
  const done = (kind: JobOutcome['kind']) =>
    all.filter((job) => job.kind === kind && job.state === 'finished')
  const members = done('member').map(memberResult)
  const joins = done('join').map(joinResult)
  const shards = done('shard').map(shardResult)
  const selections = done('select').map(selectResult)
  const timed = [...members, ...joins, ...shards, ...selections]
  return {
    all,
    members,
    model: joins[0]?.digest,
    shards,
    selected: selections[0],
    seconds: timed.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}
