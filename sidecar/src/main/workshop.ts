/** The workshop thread, opened again when it dies. */
import { Problem } from '@suggestive/shared/problem'
import type { Metrics } from '../http/metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Store } from '../ports/store.ts'
import type { Timers } from '../ports/timers.ts'
import type { Workshop } from '../ports/workshop.ts'
import { createRestarts } from '../supervisor/restarts.ts'
import { openWorkshopThread, type WorkshopThreadOptions } from '../workshop/thread.ts'

export interface WorkshopSurroundings {
  readonly store: Pick<Store, 'raiseProblem' | 'clearProblem'>
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  readonly metrics: Pick<Metrics, 'engine'>
  /** The thread itself, unless a test brings another one. */
  readonly openThread?: typeof openWorkshopThread
}

const problemKey = 'crash-loop/workshop'

/** A port that stays the same; between a death and the next thread its calls are refused as `not-ready`. */
export async function openWorkshop(
  options: Omit<WorkshopThreadOptions, 'onExit'>,
  surroundings: WorkshopSurroundings,
): Promise<Workshop> {
  const { store, clock, timers, log, metrics, openThread = openWorkshopThread } = surroundings
  const restarts = createRestarts()
  let current: Workshop | undefined
  let isClosed = false
  let cancel = () => {}

  async function start(): Promise<void> {
    metrics.engine('starting')
    const thread = await openThread({ ...options, onExit })
    if (isClosed) return thread.close()
    current = thread
    metrics.engine('ready')
  }

  function onExit(problem: Problem): void {
    current = undefined
    metrics.engine('failed')
    const { delayMs, isLoop } = restarts.crashed(clock.now())
    log.error({ reason: problem.message, delayMs }, 'the workshop ended and is started again')
    if (isLoop) void raise(problem.message)
    cancel = timers.after(delayMs, () => void start().catch(onFailure))
  }

  function onFailure(error: unknown): void {
    onExit(new Problem('engine-failed', error instanceof Error ? error.message : String(error)))
  }

  async function raise(reason: string): Promise<void> {
    const sentence = `The workshop has ended five times in ten minutes: ${reason}`
    const remedy = 'Run npx suggest doctor and restart the server.'
    const problem = { key: problemKey, project: null, sentence, remedy }
    await store.raiseProblem(problem, clock.now()).catch((error: unknown) => {
      log.error({ error: String(error) }, 'a problem could not be stored')
    })
  }

  const now = (): Workshop => {
    if (current !== undefined) return current
    throw new Problem('not-ready', 'The workshop is being started: try again in a moment.')
  }

  await start()
  await store.clearProblem(null, problemKey, clock.now())
  return {
    info: async () => now().info(),
    trainMember: async (...work) => now().trainMember(...work),
    forget: async (key) => now().forget(key),
    join: async (members) => now().join(members),
    score: async (...work) => now().score(...work),
    maps: async (...work) => now().maps(...work),
    select: async (work) => now().select(work),
    appearances: async (...work) => now().appearances(...work),
    coldStart: async (work) => now().coldStart(work),
    segment: async (work) => now().segment(work),
    levels: async (map) => now().levels(map),
    async close() {
      isClosed = true
      cancel()
      await current?.close()
    },
  }
}
