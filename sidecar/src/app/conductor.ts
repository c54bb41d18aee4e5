/** Conducts the rounds of all projects: what is due begins, what is under way goes on, whatever happens in between. */
import { Problem } from '@suggestive/shared/problem'
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
import { profiles } from '../domain/settings.ts'
import type { MapRecord } from '../ports/store.ts'
import { advance } from './round/advance.ts'
import { createDiskGuard } from './round/disk.ts'
import { due, fewestImages } from './round/due.ts'
import { endRound } from './round/end.ts'
import { createLanes } from './round/lanes.ts'
import { noProject } from './round/no-project.ts'
import { createPoolWatch } from './round/pool-watch.ts'
import type { RoundKey, RoundPorts } from './round/ports.ts'
import { keepHouse, type RetentionLimits, usualLimits } from './round/retention.ts'
import { rollback } from './round/rollback.ts'
import { runJob } from './round/run-job.ts'
import { createRunner } from './round/runner.ts'
import { createShardPlans } from './round/shard-plans.ts'
import { startRound } from './round/start.ts'
import { createSuggestions } from './round/suggest.ts'

export interface Conductor {
  /** Labels, tasks or images arrived, or a setting changed: see what is due. */
  poke(project: string): void
  /** On request, also of a paused project. @throws Problem `conflict`, `too-few-labels`, `not-found` */
  startRound(project: string): Promise<number>
  /** @throws Problem `not-found`; `conflict` when it has ended */
  cancelRound(project: string, round: number): Promise<void>
  /** Publishes the order of the model's round again. @throws Problem `not-found`; `conflict` while a round publishes */
  rollback(
    project: string,
    modelDigest: string,
  ): Promise<{ readonly modelDigest: string; readonly queueRevision: number }>
  /** Stored maps at once, else computed before background work. @throws Problem `not-ready`, `not-found`, `unreadable-input` */
  suggestion(project: string, taskKey: string, waitMs: number): Promise<MapRecord>
  /** @returns how to stop that */
  onProgress(listener: (event: ProgressEvent) => void): () => void
  /** Goes on with what was under way. */
  start(): Promise<void>
  /** Gives jobs back; resolves within 10 seconds. */
  stop(): Promise<void>
}

export interface ConductorParts
  extends Omit<RoundPorts, 'tell' | 'plans' | 'profiles'>,
    Partial<Pick<RoundPorts, 'profiles'>> {
  readonly limits?: RetentionLimits
}

/** Moments are milliseconds since 1970. */
interface Watch {
  /** When to look again for a round that is due. */
  checkAt: number
  /** When a first round was possible. */
  readyAt: number | undefined
}

/** How often it is looked whether a time has come. */
const tickMs = 250
const retryMs = 5000
const houseMs = 600_000
/** A graceful stop leaves alone what has not ended by then. */
const stopMs = 8000

export function createConductor({ limits = usualLimits, ...parts }: ConductorParts): Conductor {
  const listeners = new Set<(event: ProgressEvent) => void>()
  const ports: RoundPorts = {
    profiles,
    ...parts,
    plans: createShardPlans(parts),
    tell: (event) => {
      for (const listener of listeners) listener(event)
    },
  }
  const { store, clock, timers, log } = ports
  const lanes = createLanes()
  const poolLane = createLanes()
  const watches = new Map<string, Watch>()
  const suggestions = createSuggestions(ports)
  const stopping = new AbortController()
  const busy = new Set<Promise<unknown>>()
  const hasRoom = createDiskGuard(ports)
  const pools = createPoolWatch(ports, { lanes, hasRoom, signal: stopping.signal })
  let houseAt = Number.NEGATIVE_INFINITY
  let stopTicking = () => {}
  const runner = createRunner({
    ...ports,
    worker: 'conductor',
    run: (job, signal) => runJob(ports, job, signal),
    ended: (key) => inBackground(() => lanes.run(key.project, () => afterJob(key)), key.project),
    mayStart: hasRoom,
  })

  const watchOf = (project: string): Watch => {
    const now = clock.now()
    const known = watches.get(project)
    const watch = known ?? { checkAt: now, readyAt: undefined }
    watches.set(project, watch)
    if (known === undefined) pools.noteArrival(project)
    return watch
  }

  /** Nobody waits for it: a failure is logged, and the project is looked at again. */
  function inBackground(work: () => Promise<unknown>, project: string) {
    const running = work()
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return
        log.error({ project, error: String(error) }, 'a step failed, it is tried again')
        watchOf(project).checkAt = clock.now() + retryMs
        pools.lookAt(project, clock.now() + retryMs)
      })
      .finally(() => busy.delete(running))
    busy.add(running)
  }

  async function afterJob({ project, round }: RoundKey) {
    await advance(ports, { project, round })
    const view = await store.round(project, round)
    if (view?.finishedAt == null) return runner.wake()
    houseAt = Number.NEGATIVE_INFINITY
    pools.noteArrival(project)
    await look(project, view.state === 'finished')
  }

  /** Goes on with the round of the project, or starts one that is due. */
  async function look(project: string, justEnded: boolean) {
    const watch = watchOf(project)
    watch.checkAt = Number.POSITIVE_INFINITY
    const record = await store.project(project)
    if (record === undefined) return watches.delete(project)
    const inputs = await store.roundInputs(project)
    if (inputs.active !== null) {
      await advance(ports, { project, round: inputs.active })
      return runner.wake()
    }
    const { items } = await store.rounds(project, { limit: 1 })
    const now = clock.now()
    watch.readyAt = inputs.labelled < fewestImages ? undefined : (watch.readyAt ?? now)
    const found = due({
      settings: record.settings,
      paused: record.paused,
      inputs,
      last: items[0],
      hasEarlierLabels: record.counts.beforeConnection > 0,
      justEnded,
      readyAt: watch.readyAt,
      now,
    })
    if (found.kind === 'later') watch.checkAt = found.at
    if (found.kind !== 'now') return
    await startRound(ports, project, found.reason)
    runner.wake()
  }

  async function cleanUp() {
    await keepHouse(ports, limits, new Set(pools.shards()))
  }

  function tick() {
    const now = clock.now()
    for (const [project, watch] of watches) {
      if (watch.checkAt <= now) {
        watch.checkAt = Number.POSITIVE_INFINITY
        inBackground(() => lanes.run(project, () => look(project, false)), project)
      }
    }
    for (const project of pools.takeDue()) {
      inBackground(() => poolLane.run('', () => pools.look(project)), project)
    }
    if (now - houseAt >= houseMs) {
      houseAt = now
      inBackground(() => poolLane.run('house', cleanUp), '')
    }
    stopTicking = timers.after(tickMs, tick)
  }

  return {
    poke(project) {
      const watch = watchOf(project)
      watch.checkAt = Math.min(watch.checkAt, clock.now())
      pools.noteArrival(project)
    },
    startRound: (project) =>
      lanes.run(project, async () => {
        const round = await startRound(ports, project, 'request')
        runner.wake()
        return round
      }),
    cancelRound: (project, round) =>
      lanes.run(project, async () => {
        const ended = (state: string) =>
          new Problem('conflict', `Round ${round} has ended already (${state}).`)
        if ((await store.project(project)) === undefined) throw noProject(project)
        const before = await store.round(project, round)
        if (before === undefined) {
          throw new Problem('not-found', `Project ${project} has no round ${round}.`)
        }
        if (before.finishedAt !== null) throw ended(before.state)
        runner.cancel({ project, round })
        await endRound(ports, { project, round }, 'cancelled', null)
        pools.noteArrival(project)
        const after = await store.round(project, round)
        if (after?.state !== 'cancelled') throw ended(after?.state ?? 'gone')
      }),
    rollback: (project, modelDigest) =>
      lanes.run(project, () => rollback(ports, project, modelDigest)),
    suggestion: (project, taskKey, waitMs) => suggestions.of(project, taskKey, waitMs),
    onProgress(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      for (const { id } of await store.projects()) watchOf(id)
      houseAt = clock.now()
      tick()
      runner.wake()
    },
    async stop() {
      stopping.abort()
      stopTicking()
      const all = Promise.allSettled([runner.stop(), suggestions.stop(), ...busy])
      let cancel = () => {}
      const late = new Promise<void>((resolve) => {
        cancel = timers.after(stopMs, resolve)
      })
      await Promise.race([all, late])
      cancel()
    },
  }
}
