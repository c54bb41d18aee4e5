/** Computing work: durable, leased, fenced. Not to be confused with the queue, which orders tasks for people. */

export const jobKinds = ['member', 'join', 'shard', 'select', 'publish'] as const
export type JobKind = (typeof jobKinds)[number]

export interface JobSpec {
  /** Unique: submitting a known key again changes nothing. E.g. `nuclei/7/member/2`. */
  readonly key: string
  readonly project: string
  /** 0 for work that belongs to no round. */
  readonly round: number
  readonly kind: JobKind
  /** Plain JSON data. */
  readonly payload: unknown
  /** Larger is sooner; equal ones in the order submitted. */
  readonly priority: number
}

export interface Job extends JobSpec {
  readonly id: number
  /** Grows with every claim: whoever holds an older one has lost the job. */
  readonly fence: number
  /** From 1. */
  readonly attempt: number
}

export interface JobRecord extends JobSpec {
  readonly id: number
  readonly state: 'waiting' | 'leased' | 'finished' | 'failed' | 'cancelled'
  /** What `finish` was given; plain JSON data. */
  readonly result: unknown
  readonly failure: string | null
  readonly attempt: number
}

/** A job without what it was given. */
export type JobOutcome = Omit<JobRecord, 'payload'>

/** All times in milliseconds since 1970. A job whose lease has run out is waiting again. */
export interface Jobs {
  submit(specs: readonly JobSpec[], at: number): Promise<void>
  /** The next job, leased until `at + leaseMs`; undefined when nothing waits. */
  claim(worker: string, leaseMs: number, at: number): Promise<Job | undefined>
  /** @returns false when the job was cancelled or given to somebody else: stop working on it. */
  renew(id: number, fence: number, leaseMs: number, at: number): Promise<boolean>
  /** @returns false, and changes nothing, when the fence is not the present one or the job is cancelled. */
  finish(id: number, fence: number, result: unknown, at: number): Promise<boolean>
  /** Ends an attempt: back to waiting when `retry`, else `failed`. Same return as `finish`. */
  fail(id: number, fence: number, failure: string, retry: boolean, at: number): Promise<boolean>
  /** Gives a job back untouched, e.g. at a graceful stop; the attempt does not count. */
  release(id: number, fence: number, at: number): Promise<boolean>
  /** Cancels what has not finished; holders learn it at their next renewal. */
  cancel(project: string, round: number, at: number): Promise<void>
  /** All of a round, in the order submitted. */
  list(project: string, round: number): Promise<readonly JobRecord[]>
  /** The same without what they were given, which may be long. */
  outcomes(project: string, round: number): Promise<readonly JobOutcome[]>
}
