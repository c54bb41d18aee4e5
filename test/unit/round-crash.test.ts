import { describe, expect, it } from '@jest/globals'
import type { Jobs } from '@suggestive/sidecar/ports/jobs'
import type { Store } from '@suggestive/sidecar/ports/store'
import type { Workshop } from '@suggestive/sidecar/ports/workshop'
import {
  type Annotation,
  addLabels,
  addProject,
  addTasks,
  openAnnotation,
  project,
  range,
} from '../support/annotation.ts'

type Moment = 'before' | 'after'

/** Everything works until call `at`; from then on nothing does, as if the process were gone. */
interface Power {
  calls: number
  readonly at: number
  /** Whether the fatal call itself is done. */
  readonly moment: Moment
}

/** Reads change nothing: losing one is losing the write that follows. */
const writes =
  /^(startRound|progressRound|stage|publish|endRound|submit|claim|finish|fail|put|mark|trainMember|join|score|maps|select)/

function mortal<Port extends object>(port: Port, power: Power): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        if (power.calls >= power.at) throw new Error('the power is gone')
        const isWrite = writes.test(String(name))
        if (isWrite) power.calls++
        const isFatal = isWrite && power.calls === power.at
        if (isFatal && power.moment === 'before') throw new Error('the power is gone')
        const result: unknown = await Reflect.apply(method, target, args)
        if (isFatal) throw new Error('the power is gone')
        return result
      }
    },
  })
}

async function prepare(): Promise<Annotation> {
  const room = await openAnnotation()
  await addProject(room.store, room.time.now())
  await addTasks(room, range(0, 10))
  await addLabels(room, [0, 1, 2])
  room.workshop.before = (name) =>
    name === 'score'
      ? new Promise<void>((resolve) => room.time.timers.after(4000, resolve))
      : undefined
  return room
}

const finished = async ({ store }: Annotation) =>
  (await store.round(project, 1))?.finishedAt != null

async function outcome({ store }: Annotation) {
  const view = await store.round(project, 1)
  const queue = await store.queue(project)
  const events = await store.events(0, project, 1000)
  return {
    state: view?.state,
    model: view?.modelDigest,
    scored: view?.scored,
    // Scoring takes four seconds, everything else next to nothing.
    isTimedOnce: Math.floor((view?.computeSeconds ?? 0) / 4) === 1,
    trained: view?.membersTrained,
    published: queue?.published,
    origin: queue?.origin,
    rows: await store.queueRows(project, queue?.revision ?? 0, 0, 100),
    labels: (await store.labels(project, { limit: 100 })).items.length,
    rounds: (await store.rounds(project, { limit: 10 })).items.length,
    publications: events.filter(({ type }) => type === 'round.finished').length,
    models: (await store.models(project)).length,
  }
}

async function undisturbed() {
  const room = await prepare()
  const power = { calls: 0, at: Number.POSITIVE_INFINITY, moment: 'before' } as const
  const counted: Power = { ...power }
  const conductor = conduct(room, counted)
  await conductor.start()
  await room.time.until(() => finished(room))
  const result = await outcome(room)
  await conductor.stop()
  await room.store.close()
  return { result, calls: counted.calls }
}

function conduct(room: Annotation, power: Power) {
  const store: Store = mortal<Store>(room.store, power)
  const jobs: Jobs = mortal<Jobs>(room.store, power)
  const workshop: Workshop = mortal<Workshop>(room.workshop, power)
  return room.conduct({ store, jobs, workshop })
}

describe('a round whose server dies', () => {
  it('ends with the same model and queue, wherever it was, and loses or doubles nothing', async () => {
    const { result, calls } = await undisturbed()
    expect(result).toMatchObject({ state: 'finished', publications: 1, rounds: 1, labels: 3 })
    expect(calls).toBeGreaterThan(20)
    for (let at = 1; at <= calls; at++) {
      for (const moment of ['before', 'after'] as const) {
        const room = await prepare()
        const first = conduct(room, { calls: 0, at, moment })
        await first.start().catch(() => undefined)
        // Its leases run out.
        await room.time.pass(31_000)
        const second = room.conduct()
        await second.start()
        await room.time.until(() => finished(room), 300_000)
        expect({ at, moment, ...(await outcome(room)) }).toEqual({ at, moment, ...result })
        await second.stop()
        await room.store.close()
      }
    }
  }, 60_000)
})
