/** The intake as the server uses it: large bodies go to a thread of their own. */
import type { ResourceLimits } from 'node:worker_threads'
import type { Problem } from '@suggestive/shared/problem'
import type { Intake, Slices } from '../ports/intake.ts'
import { callThread, type Thread, workerBeside } from '../thread/call.ts'
import type { Desk } from './desk.ts'
import { localIntake } from './local.ts'

/** Below it, sending a body to the thread takes longer than reading it here; a millisecond at most. */
const smallBytes = 2 ** 16
/** Of the thread: several times what the largest sound body needs. */
const resourceLimits: ResourceLimits = { maxOldGenerationSizeMb: 1024 }

export interface IntakeOptions {
  /** Called when the thread died; the next body starts another one. */
  readonly onExit?: (problem: Problem) => void
}

export interface IntakeThread {
  readonly intake: Intake
  close(): Promise<void>
  /** Ends the thread at once (for tests of its death). */
  kill(): Promise<void>
}

export async function openIntake(options: IntakeOptions = {}): Promise<IntakeThread> {
  const { onExit = () => {} } = options
  let current: Promise<Thread<Desk>> | undefined

  function thread(): Promise<Thread<Desk>> {
    current ??= start()
    return current
  }

  async function start() {
    try {
      return await callThread<Desk>(workerBeside(import.meta.url, 'worker'), {
        name: 'the intake',
        failure: 'internal',
        remedy: 'send the request again, in smaller parts',
        moved: ['readTasks', 'readLabels', 'maskText'],
        resourceLimits,
        onExit(problem) {
          current = undefined
          onExit(problem)
        },
      })
    } catch (error) {
      current = undefined
      throw error
    }
  }

  await thread()
  return {
    intake: intakeAt(async () => (await thread()).port),
    async close() {
      await (await current)?.close()
    },
    async kill() {
      await (await current)?.kill()
    },
  }
}

function intakeAt(open: () => Promise<Desk>): Intake {
  async function* slices<Item>(
    desk: Desk,
    { ticket, length }: { readonly ticket: number; readonly length: number },
    read: (ticket: number, from: number) => Promise<readonly Item[]>,
  ): Slices<Item> {
    try {
      for (let from = 0; from < length; ) {
        const slice = await read(ticket, from)
        yield slice
        from += slice.length
      }
    } finally {
      await desk.drop(ticket)
    }
  }
  return {
    async tasks(body) {
      if (body.length < smallBytes) return localIntake.tasks(body)
      const desk = await open()
      return slices(desk, await desk.readTasks(body), desk.tasksAt)
    },
    async labels(body, scope) {
      if (body.length < smallBytes) return localIntake.labels(body, scope)
      const desk = await open()
      const { beforeConnection, ...ticket } = await desk.readLabels(body, scope)
      return { beforeConnection, slices: slices(desk, ticket, desk.labelsAt) }
    },
    async maskText(packed) {
      if (packed.length < smallBytes) return localIntake.maskText(packed)
      return (await open()).maskText(packed)
    },
  }
}
