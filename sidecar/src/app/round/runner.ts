/** Works off the jobs, one at a time: leases are renewed, fences respected, failures tried again after a pause. */
import { Problem } from '@suggestive/shared/problem'
import type { Clock } from '../../ports/clock.ts'
import type { Job, Jobs } from '../../ports/jobs.ts'
import type { Log } from '../../ports/log.ts'
import type { Timers } from '../../ports/timers.ts'
import { pauseAfter } from './patience.ts'
import type { RoundKey } from './ports.ts'

export interface RunnerParts {
  readonly jobs: Jobs
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  /** Names this process among those that share the jobs. */
  readonly worker: string
  readonly run: (job: Job, signal: AbortSignal) => Promise<unknown>
  /** A job has ended, one way or the other. */
  readonly ended: (key: RoundKey) => void
  /** False keeps the runner from taking the next job. */
  readonly mayStart: () => Promise<boolean>
}

export interface Runner {
  /** There may be something to do. */
  wake(): void
  /** Stops the job of a round that was cancelled; false when none runs. */
  cancel(key: RoundKey): boolean
  /** Gives back what is under way. */
  stop(): Promise<void>
}

const leaseMs = 30_000
const renewMs = 10_000

/** A job that was stopped may end by itself for so long. */
const graceMs = 1500

/** A job that another process has left is seen this late at most. */
const lookMs = 5000

interface Current {
  readonly job: Job
  readonly control: AbortController
}

export function createRunner(parts: RunnerParts): Runner {
  const { jobs, clock, timers, log, worker, run, ended, mayStart } = parts
  const resting = new Map<number, { readonly job: Job; readonly stop: () => void }>()
  let current: Current | undefined
  let isStopped = false
  let look: Promise<void> | undefined
  let isAwake = false
  let nap = () => {}

  function wake() {
    isAwake = true
    if (isStopped || look !== undefined) return
    nap()
    look = work().finally(() => {
      look = undefined
      if (isStopped) return
      if (isAwake) wake()
      else nap = timers.after(lookMs, wake)
    })
  }

  /** Until nothing waits. */
  async function work() {
    while (!isStopped) {
      isAwake = false
      try {
        if (!(await mayStart())) return
        const job = await jobs.claim(worker, leaseMs, clock.now())
        if (job === undefined) return
        await hold(job)
      } catch (error) {
        log.error({ error: sentenceOf(error) }, 'the jobs cannot be read')
        return
      }
    }
  }

  async function hold(job: Job) {
    const control = new AbortController()
    current = { job, control }
    const stopRenewing = renewing(job, () => control.abort())
    let isResting = false
    try {
      const result = await unlessAborted(run(job, control.signal), control.signal)
      stopRenewing()
      await jobs.finish(job.id, job.fence, result, clock.now())
    } catch (error) {
      stopRenewing()
      if (isStopped) await jobs.release(job.id, job.fence, clock.now())
      else if (!control.signal.aborted) isResting = await failed(job, error)
    } finally {
      current = undefined
      if (!isResting) ended(job)
    }
  }

  /** What cannot be stopped in time is left alone: its result counts for nothing. */
  function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      const give = () => reject(new Problem('cancelled', 'The job was stopped.'))
      const abort = () => timers.after(graceMs, give)
      signal.addEventListener('abort', abort, { once: true })
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
    })
  }

  /** @returns true when the job rests before its next attempt */
  async function failed(job: Job, error: unknown): Promise<boolean> {
    const failure = sentenceOf(error)
    const pause = pauseAfter(job.attempt, error)
    const { key, project, round, attempt } = job
    log.warn({ job: key, project, round, attempt, failure, pause }, 'a job failed')
    if (pause === undefined) {
      await jobs.fail(job.id, job.fence, failure, false, clock.now())
      return false
    }
    // It stays leased while it rests, so that nobody takes it and others go on.
    const stopRenewing = renewing(job, () => release())
    const again = timers.after(pause, () => {
      release()
      jobs
        .fail(job.id, job.fence, failure, true, clock.now())
        .then(wake)
        .catch((cause: unknown) => log.error({ job: key, error: sentenceOf(cause) }, failure))
    })
    const release = () => {
      again()
      stopRenewing()
      resting.delete(job.id)
    }
    resting.set(job.id, { job, stop: release })
    return true
  }

  function renewing(job: Job, lost: () => void): () => void {
    let isOver = false
    let cancel = () => {}
    const next = () => {
      cancel = timers.after(renewMs, () => {
        jobs
          .renew(job.id, job.fence, leaseMs, clock.now())
          .then((isMine) => {
            if (isOver) return
            if (isMine) next()
            else lost()
          })
          .catch((error: unknown) => {
            log.error({ job: job.key, error: sentenceOf(error) }, 'a lease was not renewed')
            if (!isOver) next()
          })
      })
    }
    next()
    return () => {
      isOver = true
      cancel()
    }
  }

  return {
    wake,
    cancel({ project, round }) {
      for (const { job, stop } of resting.values()) {
        if (job.project === project && job.round === round) stop()
      }
      if (current?.job.project !== project || current.job.round !== round) return false
      current.control.abort()
      return true
    },
    async stop() {
      isStopped = true
      nap()
      current?.control.abort()
      for (const { job, stop } of [...resting.values()]) {
        stop()
        await jobs.release(job.id, job.fence, clock.now())
      }
      await look
    },
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
