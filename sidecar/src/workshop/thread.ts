/** The `Workshop` port over a worker thread. */
import type { Problem } from '@suggestive/shared/problem'
import type { Workshop } from '../ports/workshop.ts'
import type { EngineName } from '../ports.ts'
import { callThread, workerBeside } from '../thread/call.ts'

export interface WorkshopThreadOptions {
  readonly engine: EngineName
  readonly threads: number
  /** Folder of the blobs, the same as the server's. */
  readonly blobs: string
  /** Folder for the checkpoints of trainings. */
  readonly checkpoints: string
  /** Node's own options for the engine's process; those of this one when absent. */
  readonly execArgv?: readonly string[]
  /** Another worker file (for tests that bring another engine). */
  readonly worker?: URL
  readonly onExit?: (problem: Problem) => void
}

/** @returns the port, whose `close` ends the thread */
export async function openWorkshopThread(options: WorkshopThreadOptions): Promise<Workshop> {
  const { worker = workerBeside(import.meta.url, 'worker'), onExit, ...rest } = options
  const data = { execArgv: process.execArgv, ...rest }
  const thread = await callThread<Workshop>(worker, {
    name: 'the workshop',
    failure: 'engine-failed',
    remedy: 'start the server again, rounds go on where they were',
    data,
    ...(onExit === undefined ? {} : { onExit }),
  })
  const { port } = thread
  return {
    info: () => port.info(),
    trainMember: (...work) => port.trainMember(...work),
    forget: (key) => port.forget(key),
    join: (members) => port.join(members),
    score: (...work) => port.score(...work),
    maps: (...work) => port.maps(...work),
    select: (work) => port.select(work),
    appearances: (...work) => port.appearances(...work),
    coldStart: (work) => port.coldStart(work),
    segment: (work) => port.segment(work),
    levels: (map) => port.levels(map),
    close: () => thread.close(),
  }
}
