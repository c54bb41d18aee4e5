/** What the jobs of a round are given and what they leave, as plain JSON data. */
import { fieldsOf } from '../../domain/fields.ts'
import type { JobRecord } from '../../ports/jobs.ts'

export interface MemberPayload {
  readonly member: number
  /** Digests of labelled images whose bytes nobody has: left out of the whole training. */
  readonly without: readonly string[]
  /** Of the project when the round began; the same for all members. */
  readonly classIds: readonly number[]
  /** Digest of the blob with the masks; null until the first member has made it. */
  readonly masks: string | null
  /** Working scale that all members are told; null: from the labels, and for the first member: not decided. */
  readonly scale: number | null
}

export interface MemberResult extends MemberPayload {
  readonly blob: string
  readonly warnings: readonly string[]
  readonly seconds: number
}

export interface JoinResult {
  readonly digest: string
  readonly seconds: number
}

/** An image of the pool with the task by which people know it. */
export interface TaskImage {
  readonly digest: string
  readonly taskKey: string
}

export interface ShardPayload {
  readonly images: readonly TaskImage[]
}

export interface ShardResult {
  readonly shard: string | null
  readonly scored: number
  readonly seconds: number
}

export interface SelectResult {
  readonly draft: string
  /** Images of the batches: they get maps. */
  readonly published: readonly TaskImage[]
  readonly seconds: number
}

export function memberPayload(value: unknown): MemberPayload {
  const fields = fieldsOf(value, 'a member job')
  return {
    member: fields.number('member'),
    without: fields.texts('without'),
    classIds: fields.numbers('classIds'),
    masks: fields.textOrNull('masks'),
    scale: fields.numberOrNull('scale'),
  }
}

export function memberResult({ result }: Pick<JobRecord, 'result'>): MemberResult {
  const fields = fieldsOf(result, 'the result of a member job')
  return {
    ...memberPayload(result),
    blob: fields.text('blob'),
    warnings: fields.texts('warnings'),
    seconds: fields.number('seconds'),
  }
}

export function joinResult({ result }: Pick<JobRecord, 'result'>): JoinResult {
  const fields = fieldsOf(result, 'the result of a join job')
  return { digest: fields.text('digest'), seconds: fields.number('seconds') }
}

export function shardPayload(value: unknown): ShardPayload {
  return { images: taskImages(value, 'images') }
}

export function shardResult({ result }: Pick<JobRecord, 'result'>): ShardResult {
  const fields = fieldsOf(result, 'the result of a shard job')
  return {
    shard: fields.textOrNull('shard'),
    scored: fields.number('scored'),
    seconds: fields.number('seconds'),
  }
}

export function selectResult({ result }: Pick<JobRecord, 'result'>): SelectResult {
  const fields = fieldsOf(result, 'the result of a select job')
  return {
    draft: fields.text('draft'),
    published: taskImages(result, 'published'),
    seconds: fields.number('seconds'),
  }
}

function taskImages(value: unknown, key: string): readonly TaskImage[] {
  return fieldsOf(value, 'a job')
    .records(key)
    .map((image) => ({ digest: image.text('digest'), taskKey: image.text('taskKey') }))
}
