/** The intake as the server uses it: large bodies go to a thread of their own. */
import type { Problem } from '@suggestive/shared/problem'
import type { Intake, Slices } from '../ports/intake.ts'
import { callThread, workerBeside } from '../thread/call.ts'
import type { Desk } from './desk.ts'
import { localIntake } from './local.ts'

/** Below it, sending a body to the thread takes longer than reading it here; a millisecond at most. */
const smallBytes = 2 ** 16

export interface IntakeOptions {
  /** Node's own options for the thread. */
  readonly execArgv?: readonly string[]
  /** Called once when the thread died; the intake is of no use from then on. */
  readonly onExit?: (problem: Problem) => void
}

export interface IntakeThread {
  readonly intake: Intake
  close(): Promise<void>
}

export async function openIntake(options: IntakeOptions = {}): Promise<IntakeThread> {
  const { port: desk, close } = await callThread<Desk>(workerBeside(import.meta.url, 'worker'), {
    name: 'the intake',
    failure: 'internal',
    remedy: 'send the request again once the server has restarted',
    moved: ['readTasks', 'readLabels'],
    ...options,
  })
  return { intake: intakeAt(desk), close }
}

function intakeAt(desk: Desk): Intake {
  async function* slices<Item>(
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
      return slices(await desk.readTasks(body), desk.tasksAt)
    },
    async labels(body, scope) {
      if (body.length < smallBytes) return localIntake.labels(body, scope)
      const { beforeConnection, ...ticket } = await desk.readLabels(body, scope)
      return { beforeConnection, slices: slices(ticket, desk.labelsAt) }
    },
  }
}
