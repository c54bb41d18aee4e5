/** The maps of one task: stored ones at once, else computed before everything else. */
import { Problem } from '@suggestive/shared/problem'
import type { MapRecord } from '../../ports/store.ts'
import { askMs } from './asking.ts'
import { wantTasks } from './images-wanted.ts'
import { reportLeftOut } from './left-out.ts'
import type { RoundPorts } from './ports.ts'

export interface Suggestions {
  /**
   * @param waitMs how long the caller waits for maps that are not stored; 0: not at all. The computation goes on
   * @throws Problem `not-ready`, `not-found`, `unreadable-input`
   */
  of(project: string, taskKey: string, waitMs: number): Promise<MapRecord>
  stop(): Promise<void>
}

/** Computations that wait for the engine at a time; more are asked to come again. */
const mostWaiting = 16

export function createSuggestions(ports: RoundPorts): Suggestions {
  const { store, timers, log } = ports
  const control = new AbortController()
  const running = new Map<string, Promise<MapRecord>>()
  const askedAt = new Map<string, number>()

  /** Once for many requests. */
  async function want(project: string, taskKey: string) {
    const now = ports.clock.now()
    for (const [key, at] of askedAt) {
      if (now - at < askMs) break
      askedAt.delete(key)
    }
    const key = `${project}/${taskKey}`
    if (askedAt.has(key)) return
    askedAt.set(key, now)
    await wantTasks(ports, project, [taskKey])
  }

  async function compute(project: string, taskKey: string, image: string, modelDigest: string) {
    const models = await store.models(project)
    const round = models.find(({ digest }) => digest === modelDigest)?.round ?? 0
    const images = [{ digest: image, name: `task ${taskKey}` }]
    const work = { modelDigest, round, images, urgent: true }
    const { maps, leftOut } = await ports.workshop.maps(work, control.signal)
    await reportLeftOut(ports, project, leftOut)
    const [map] = maps
    if (map !== undefined) {
      await store.putMaps(project, [map])
      return map
    }
    if (leftOut[0]?.reason === 'missing') await want(project, taskKey)
    const kind = leftOut[0]?.reason === 'missing' ? 'not-ready' : 'unreadable-input'
    throw new Problem(kind, leftOut[0]?.sentence ?? `The image of task ${taskKey} is not usable.`)
  }

  return {
    async of(project, taskKey, waitMs) {
      const stored = await store.mapOf(project, taskKey)
      if (stored !== undefined && (await isWhole(ports, stored))) return stored
      const { image, modelDigest, isHere } = await ready(ports, project, taskKey)
      if (image === null || !isHere) {
        await want(project, taskKey)
        throw notReady(taskKey, 'its image has to be sent first')
      }
      const key = `${project}/${modelDigest}/${image}`
      let computing = running.get(key)
      if (computing === undefined) {
        if (running.size >= mostWaiting) throw notReady(taskKey, 'many others are being computed')
        computing = compute(project, taskKey, image, modelDigest).finally(() => running.delete(key))
        computing.catch((error: unknown) => {
          log.warn({ project, task: taskKey, error: String(error) }, 'a suggestion failed')
        })
        running.set(key, computing)
      }
      if (waitMs <= 0) throw notReady(taskKey, 'it is being computed')
      return await within(waitMs, computing, taskKey)
    },
    async stop() {
      control.abort()
      await Promise.allSettled(running.values())
    },
  }

  function within(waitMs: number, computing: Promise<MapRecord>, taskKey: string) {
    return new Promise<MapRecord>((resolve, reject) => {
      const cancel = timers.after(waitMs, () => reject(notReady(taskKey, 'it is being computed')))
      computing.then(resolve, reject).finally(cancel)
    })
  }
}

/** @throws Problem that says why there is nothing to compute with */
async function ready(ports: RoundPorts, project: string, taskKey: string) {
  const { store } = ports
  const [record, task] = [await store.project(project), await store.task(project, taskKey)]
  if (record === undefined || task === undefined) {
    throw new Problem('not-found', `There is no task ${taskKey} in project ${project}.`)
  }
  if (task.broken !== null) throw new Problem('unreadable-input', task.broken)
  if (record.modelDigest === null) {
    throw new Problem(
      'not-ready',
      `Project ${project} has no model yet: its first round makes one.`,
    )
  }
  const image = task.imageDigest
  const isHere = image !== null && (await store.images([image])).length > 0
  return { image, modelDigest: record.modelDigest, isHere }
}

/** A map whose files are gone is no map: it is computed again. */
async function isWhole({ blobs }: Pick<RoundPorts, 'blobs'>, map: MapRecord): Promise<boolean> {
  const { mask, maskPng, variance, probability } = map
  for (const digest of [mask, maskPng, variance, ...probability.map(({ blob }) => blob)]) {
    if ((await blobs.facts('map', digest)) === undefined) return false
  }
  return true
}

const notReady = (taskKey: string, why: string) =>
  new Problem('not-ready', `The suggestion for task ${taskKey} is not ready, ${why}: ask again.`)
