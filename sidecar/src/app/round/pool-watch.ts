/** Looks after the pools: asks for images, orders them before there is a model, gives new tasks their place later. */
import { Problem } from '@suggestive/shared/problem'
import type { ProjectRecord } from '../../ports/store.ts'
import { publishAdditions } from './additions.ts'
import { type Asked, ask, unseenKeys } from './asking.ts'
import { type ColdStart, coldStartStep, newColdStart } from './cold-start.ts'
import type { Lanes } from './lanes.ts'
import type { RoundPorts } from './ports.ts'

export interface PoolWatch {
  /** Something came that may have no place in the queue. */
  noteArrival(project: string): void
  /** @param at milliseconds since 1970 */
  lookAt(project: string, at: number): void
  /** Projects to be looked at now; each is named once. */
  takeDue(): readonly string[]
  look(project: string): Promise<void>
  /** Digests of the blobs that cold starts under way work with. */
  shards(): readonly string[]
}

export interface PoolWatchParts {
  /** What is published runs in the lane of its project. */
  readonly lanes: Lanes
  /** Whether the disk has room. */
  readonly hasRoom: () => Promise<boolean>
  readonly signal: AbortSignal
}

/** Moments are milliseconds since 1970. */
interface State {
  lookAt: number
  /** First and last arrival since the pool was compared with the queue. */
  arrived: { readonly first: number; readonly last: number } | undefined
  readonly asked: Asked
  cold: ColdStart | undefined
}

/** New tasks get their place when none came for so long, or at the latest then. */
const [settledMs, patienceMs] = [5000, 60_000]
/** How soon to look again whether the disk has room. */
const fullDiskMs = 10_000

export function createPoolWatch(
  ports: RoundPorts,
  { lanes, hasRoom, signal }: PoolWatchParts,
): PoolWatch {
  const { store, clock } = ports
  const states = new Map<string, State>()

  function stateOf(project: string): State {
    const never = Number.POSITIVE_INFINITY
    const state = states.get(project) ?? {
      lookAt: never,
      arrived: undefined,
      asked: new Map(),
      cold: undefined,
    }
    states.set(project, state)
    return state
  }

  /** What came may have no place in the queue. */
  function noteArrival(project: string) {
    const state = stateOf(project)
    const now = clock.now()
    state.arrived = { first: state.arrived?.first ?? now, last: now }
    state.lookAt = Math.min(state.lookAt, now)
  }

  async function look(project: string) {
    const state = stateOf(project)
    state.lookAt = Number.POSITIVE_INFINITY
    const record = await store.project(project)
    if (record === undefined) return void states.delete(project)
    if (record.counts.tasks === 0) {
      state.cold = undefined
      return
    }
    if (!(await hasRoom())) {
      state.lookAt = Math.min(state.lookAt, clock.now() + fullDiskMs)
      return
    }
    const again = await (record.modelDigest === null
      ? lookCold(record, state)
      : lookAtAdditions(record, state))
    state.lookAt = Math.min(state.lookAt, again ?? Number.POSITIVE_INFINITY)
  }

  async function lookCold(record: ProjectRecord, state: State) {
    const project = record.id
    state.cold ??= newColdStart(clock.now())
    const publish = (work: () => Promise<void>) =>
      lanes.run(project, async () => {
        if ((await store.project(project))?.modelDigest === null) await work()
      })
    const { cold, asked } = state
    return await coldStartStep(ports, record, cold, asked, publish, signal).catch(
      (error: unknown) => {
        // What it had described is gone: it begins anew.
        if (error instanceof Problem && error.kind === 'not-found') state.cold = undefined
        throw error
      },
    )
  }

  /** Asks for images that nobody has sent, and gives new tasks a place at the end of the queue. */
  async function lookAtAdditions(record: ProjectRecord, state: State) {
    const project = record.id
    const began = clock.now()
    state.cold = undefined
    const missing = await unseenKeys(ports, project, state.asked)
    const askAt = await ask(ports, project, state.asked, missing)
    const again = askAt ?? Number.POSITIVE_INFINITY
    const { arrived } = state
    // A round gives everything that is there a place; what comes too late for it is looked for at its end.
    if (arrived === undefined || (await isBusy(project))) return again
    const at = Math.min(arrived.last + settledMs, arrived.first + patienceMs)
    if (began < at) return Math.min(again, at)
    state.arrived = undefined
    const publish = (work: () => Promise<void>) =>
      lanes.run(project, async () => {
        const now = await store.project(project)
        if (now?.queueRevision === record.queueRevision && !(await isBusy(project))) await work()
        else noteArrival(project)
      })
    await publishAdditions(ports, record, publish, signal).catch((error: unknown) => {
      noteArrival(project)
      throw error
    })
    return again
  }

  async function isBusy(project: string): Promise<boolean> {
    return (await store.activeRounds()).some((round) => round.project === project)
  }

  return {
    noteArrival,
    lookAt(project, at) {
      stateOf(project).lookAt = at
    },
    takeDue() {
      const due = [...states].filter(([, { lookAt }]) => lookAt <= clock.now())
      for (const [, state] of due) state.lookAt = Number.POSITIVE_INFINITY
      return due.map(([project]) => project)
    },
    look,
    shards: () => [...states.values()].flatMap(({ cold }) => cold?.shards ?? []),
  }
}
