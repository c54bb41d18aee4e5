import { describe, expect, it } from '@jest/globals'
import { queueOf, stage } from '@suggestive/sidecar/app/round/queue-rows'
import { createShardPlans } from '@suggestive/sidecar/app/round/shard-plans'
import { scoringPlan } from '@suggestive/sidecar/domain/scoring-plan'
import type { Timers } from '@suggestive/sidecar/ports/timers'
import {
  addLabels,
  addProject,
  openAnnotation,
  project,
  range,
  sha256,
} from '../support/annotation.ts'

const count = 10_000

/** A project of so many tasks in a real store; timers that run at once and are counted. */
async function large() {
  const room = await openAnnotation()
  await addProject(room.store, room.time.now())
  for (let first = 0; first < count; first += 1000) {
    const tasks = range(first, first + 1000).map((index) => ({
      taskKey: `t${index}`,
      name: 'x',
      state: 'open' as const,
      ...(index < 1000 ? {} : { imageDigest: sha256(`image ${index}`) }),
    }))
    await room.store.putTasks(project, tasks, room.time.now())
  }
  const breaths = { count: 0 }
  const timers: Timers = {
    after(_, callback) {
      breaths.count++
      setImmediate(callback)
      return () => {}
    },
  }
  return { ...room, clock: room.time, timers, breaths }
}

describe('the rows of a long queue', () => {
  it('are made and staged a few at a time, so that others have their turn', async () => {
    const room = await large()
    const { store, breaths } = room
    const record = await store.project(project)
    if (record === undefined) throw new Error('there is no project')
    const pool = await store.pool(project, 1)
    const order = pool.slice(0, 6000).map(({ imageDigest }) => imageDigest)
    const sizes: number[] = []
    const counting = new Proxy(store, {
      get(target, name) {
        if (name !== 'stageQueue') return Reflect.get(target, name)
        return (...args: Parameters<typeof store.stageQueue>) => {
          sizes.push(args[2].length)
          return target.stageQueue(...args)
        }
      },
    })
    const rows = queueOf(room, record, pool, { order, batchOf: [1, 1], gains: [1, 1] })
    await stage(counting, project, 'long', rows, new AbortController().signal)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200)
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(count)
    expect(breaths.count).toBeGreaterThanOrEqual(11)
    const as = { origin: 'cold-start', round: null, modelDigest: null, published: 2 } as const
    const revision = await store.publish(project, 'long', as, 1)
    const tail = await store.queueRows(project, revision, 8999, 1001)
    expect(tail.map(({ rank }) => rank)).toEqual(range(9000, 10_001))
    const keys = tail.slice(1).map(({ taskKey }) => taskKey)
    expect(keys).toEqual(
      range(0, 1000)
        .map((index) => `t${index}`)
        .sort(),
    )
    await store.close()
  })

  it('as the plan of a long scoring: the missing ones are asked for in its order', async () => {
    const room = await large()
    const plans = createShardPlans(room)
    const settings = { k: 8, candidates: 16, depth: 8, scoreMinutes: 10, scale: null }
    const { store } = room
    const key = { project, round: 1 }
    // A round needs two labelled images.
    await store.noteImage({ digest: sha256('image 2000'), bytes: 1, width: 8, height: 8 }, 1)
    await store.noteImage({ digest: sha256('image 2001'), bytes: 1, width: 8, height: 8 }, 1)
    for (const index of [2000, 2001]) await addLabels(room, [index], { taskKey: `t${index}` })
    await store.startRound(project, { reason: 'request', members: 2, seed: 1 }, 1)
    expect(await plans.next(key, { seed: 1, settings }, 600)).toEqual([])
    expect(room.breaths.count).toBe(0)
    expect(await plans.next(key, { seed: 1, settings }, 0)).toEqual([])
    expect(await store.round(project, 1)).toMatchObject({ pool: 8998 })
    expect(room.breaths.count).toBeGreaterThanOrEqual(4)
    const events = await store.events(0, project, 1000)
    const wanted = events.flatMap((event) =>
      event.type === 'image.wanted' ? event.data.taskKeys : [],
    )
    const pool = await store.pool(project, 1)
    const plan = Array.from(scoringPlan(pool, 1, 1), ({ taskKey }) => taskKey)
    expect(wanted).toEqual(plan.slice(0, 2000))
    await store.close()
  })
})
