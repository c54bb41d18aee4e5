/** Makes new tasks of one-image jobs before the project is served; what a stop has interrupted goes on at the next start. */
import type { Log, Timers } from '@suggestive/shared/bridge/deps'
import { broken, type Check, ok } from '@suggestive/shared/connect/check'
import type { PoolPlan } from '../pool/plan.ts'
import type { PoolProgress } from '../pool-task.ts'
import type { CvatTool } from '../tool.ts'

export interface NewPoolState {
  readonly state: 'running' | 'failed'
  /** For people. */
  readonly sentence: string
}

export interface NewPoolOptions {
  readonly project: number
  readonly tool: Pick<CvatTool, 'planPool' | 'makePool'>
  readonly timers: Timers
  readonly log: Log
  /** Called once, when everything is there. */
  done(): Promise<void>
}

export interface NewPool {
  /** Undefined before it began and after it has ended. */
  state(): NewPoolState | undefined
  start(): void
  /** Resolves when nothing is under way; it goes on when it is started again. */
  stop(): Promise<void>
}

const againMs = 60_000

/** Images are sent twice only after a yes. */
export function poolCheck({ parts, sentences }: PoolPlan, mayUpload: boolean): Check {
  const name = 'new tasks'
  const finding = sentences.join(' ')
  if (mayUpload || parts.every(({ bytes }) => bytes === 0)) return ok(name, finding)
  return broken(name, `${finding} If that is right, say so: --upload, or choose it in the form.`)
}

export function createNewPool(options: NewPoolOptions): NewPool {
  const { project, tool, timers, log, done } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let state: NewPoolState | undefined
  let work: Promise<void> = Promise.resolve()
  let cancel = () => {}

  const tell = ({ tasks, ofTasks, frames, ofFrames }: PoolProgress) => {
    const part = ofFrames === 0 ? '' : `, ${frames} of ${ofFrames} images of the next one`
    state = { state: 'running', sentence: `${tasks} of ${ofTasks} new tasks are made${part}.` }
  }

  async function run(): Promise<void> {
    state = { state: 'running', sentence: 'The new tasks are being planned.' }
    try {
      const plan = await tool.planPool(signal)
      await tool.makePool(plan, tell, signal)
      await done()
      state = undefined
    } catch (error) {
      if (signal.aborted) return
      const why = error instanceof Error ? error.message : String(error)
      state = { state: 'failed', sentence: `${why} It is tried again by itself in a minute.` }
      log.error({ project, error: why }, 'the new tasks could not be made')
      cancel = timers.after(againMs, start)
    }
  }

  function start(): void {
    work = work.then(run)
  }

  return {
    state: () => state,
    start,
    async stop() {
      stopping.abort()
      cancel()
      await work
    },
  }
}
