/** The sidecar's queue in the tool: applied, replaced, failed, changed by somebody. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import type { EventWish } from '@suggestive/shared/sidecar-client/events'
import { openRig, type Rig, until } from '../support/bridge.ts'
import { publishColdStart, publishRound } from '../support/bridge-queue.ts'

const id = 'nuclei-2026'
let rig: Rig
beforeEach(async () => {
  rig = await openRig()
})
afterEach(() => rig.close())

const addTasks = (count: number) => Array.from({ length: count }, () => rig.tool.addTask())
const calls = (what: string) => rig.tool.calls.filter((call) => call.startsWith(what))
const want = (keys: readonly string[]) => rig.store.wantImages(id, keys, rig.http.now)
const problems = async () => (await rig.store.problems(id)).map(({ key }) => key)
const receipts = async () =>
  (await rig.store.receipts(id, { limit: 100 })).items.map(
    ({ revision, outcome }) => `${revision} ${outcome}`,
  )

describe('the queue', () => {
  async function withModel() {
    const keys = addTasks(6)
    const [one = '', two = ''] = keys
    rig.tool.annotate(one)
    rig.tool.annotate(two)
    const bridge = await rig.bridge()
    await bridge.poll()
    await want(keys)
    await until(async () => (await rig.store.project(id))?.counts.images === 6)
    await bridge.idle()
    return { keys, bridge }
  }

  it('is applied with suggestions and reasons as soon as it is published', async () => {
    const { keys, bridge } = await withModel()
    const [, , c = '', d = '', e = '', f = ''] = keys
    const { tool } = rig
    tool.removeTask(e)
    await bridge.poll()
    const { revision, modelDigest } = await publishRound(rig, id, [f, e, d, c], 2)
    await until(async () => (await receipts()).length > 0)
    expect(await receipts()).toEqual([`${revision} applied`])
    expect(tool.order()).toEqual([f, d, c])
    const [publication] = tool.applied
    expect(publication).toMatchObject({ revision, round: 1 })
    expect(publication?.rows.map(({ rank, taskKey }) => [rank, taskKey])).toEqual([
      [1, f],
      [3, d],
      [4, c],
    ])
    expect(publication?.rows[0]?.suggestion).toEqual({
      modelDigest,
      mask: { width: 8, height: 4, layers: [{ classId: 1, runs: [0, 1, 31] }] },
      scores: new Map([[1, 0.75]]),
      reason: 'rank 1 of round 1: members disagree; represents 41 similar images',
      page: 'http://page.test/#project-nuclei-2026',
    })
    expect(publication?.rows[1]?.suggestion).toBeUndefined()
    await bridge.poll()
    await bridge.idle()
    expect(bridge.status()).toMatchObject({ published: revision, applied: revision })
    expect(tool.applied).toHaveLength(1)
  })

  it('is applied with probability maps where the tool wants them', async () => {
    const { keys, bridge } = await withModel()
    const [, , c = '', d = ''] = keys
    rig.tool.wantsProbabilities = true
    await bridge.poll()
    await publishRound(rig, id, [c, d], 1)
    await until(async () => (await receipts()).length > 0)
    const [first, second] = rig.tool.applied[0]?.rows ?? []
    const runs = { width: 8, height: 4, steps: 15, levels: [15, 0], lengths: [8, 24] }
    expect(first?.suggestion?.probabilities).toEqual(new Map([[1, runs]]))
    expect(second?.suggestion).toBeUndefined()
  })

  it('of the newest revision wins when several come', async () => {
    const keys = addTasks(4)
    const bridge = await rig.bridge()
    await bridge.poll()
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { applyQueue } = rig.tool
    rig.tool.applyQueue = async (publication, signal) => {
      await gate
      return applyQueue.call(rig.tool, publication, signal)
    }
    for (let times = 0; times < 5; times++) {
      await publishColdStart(rig, id, times % 2 === 0 ? keys : keys.toReversed())
    }
    const last = await publishColdStart(rig, id, keys.toReversed())
    open()
    await until(() => bridge.status().applied === last)
    expect(rig.tool.order()).toEqual(keys.toReversed())
    expect(rig.tool.applied.length).toBeLessThan(4)
    expect(rig.tool.applied.at(-1)?.rows[0]?.suggestion).toBeUndefined()
    const [newest] = await receipts()
    expect(newest).toBe(`${last} applied`)
  })

  it('that is replaced while it is read is not applied', async () => {
    const keys = addTasks(3)
    const client = rig.client()
    let last = 0
    const sidecar = {
      ...client,
      queue: async function* (...given: Parameters<typeof client.queue>) {
        if (last === 0) last = await publishColdStart(rig, id, keys)
        yield* client.queue(...given)
      },
    }
    const bridge = await rig.bridge({ sidecar })
    await bridge.poll()
    await publishColdStart(rig, id, keys.toReversed())
    await bridge.poll()
    await until(() => last > 0 && bridge.status().applied === last)
    expect(rig.tool.applied.map(({ revision }) => revision)).toEqual([last])
  })

  it('is applied at the next start, or by the next poll, without a single event', async () => {
    const keys = addTasks(3)
    await (await rig.bridge()).poll()
    const deaf = {
      ...rig.client(),
      events: (wish: EventWish) => {
        wish.onChange(false, 'a proxy lets no WebSocket through')
        return { isOpen: () => false, close: () => {} }
      },
    }
    const first = await publishColdStart(rig, id, keys.toReversed())
    const bridge = await rig.bridge({ tool: rig.tool, sidecar: deaf })
    await bridge.poll()
    await bridge.idle()
    expect(bridge.status()).toMatchObject({ applied: first, hasEvents: false })
    const second = await publishColdStart(rig, id, keys)
    await bridge.poll()
    await bridge.idle()
    expect(bridge.status().applied).toBe(second)
    expect(rig.tool.order()).toEqual(keys)
  })

  it('that cannot be applied is reported once and tried again with pauses', async () => {
    const { tool, http } = rig
    const keys = addTasks(3)
    const bridge = await rig.bridge()
    await bridge.poll()
    let isDown = true
    tool.fault = (method) => {
      if (isDown && method.startsWith('applyQueue')) throw new Problem('tool-failed', 'It is full.')
    }
    const revision = await publishColdStart(rig, id, keys.toReversed())
    await until(async () => (await receipts()).length === 1)
    for (let times = 0; times < 5; times++) {
      await bridge.poll()
      await bridge.idle()
    }
    expect(calls('applyQueue')).toHaveLength(1)
    expect(await receipts()).toEqual([`${revision} failed`])
    expect(await problems()).toEqual(['tool.queue'])
    http.now += 6000
    await bridge.poll()
    await bridge.idle()
    expect(calls('applyQueue')).toHaveLength(2)
    expect(await receipts()).toEqual([`${revision} failed`])
    isDown = false
    http.now += 11_000
    await bridge.poll()
    await bridge.idle()
    await bridge.poll()
    expect(await receipts()).toEqual([`${revision} applied`, `${revision} failed`])
    expect(await problems()).toEqual([])
    expect(tool.order()).toEqual(keys.toReversed())
  })

  it.each(['report', 'repair'] as const)('that somebody changed: %s', async (onDrift) => {
    const { tool } = rig
    const keys = addTasks(3)
    const bridge = await rig.bridge({ onDrift })
    await bridge.poll()
    const revision = await publishColdStart(rig, id, keys.toReversed())
    await until(() => bridge.status().applied === revision)
    await bridge.idle()
    tool.setting = 'uniform'
    for (let times = 0; times < 3; times++) {
      await bridge.poll()
      await bridge.idle()
    }
    await bridge.poll()
    if (onDrift === 'repair') {
      expect(tool.order()).toEqual(keys.toReversed())
      expect(await receipts()).toEqual([`${revision} applied`, `${revision} applied`])
      expect(await problems()).toEqual([])
      return
    }
    expect(await receipts()).toEqual([`${revision} drifted`, `${revision} applied`])
    expect(await problems()).toEqual(['tool.drift'])
    // Another start does not say it again; the person who sets it back ends it.
    const next = await rig.bridge({ onDrift })
    await next.poll()
    await next.idle()
    tool.setting = 'suggested'
    await next.poll()
    await next.idle()
    await next.poll()
    expect(await receipts()).toEqual([
      `${revision} applied`,
      `${revision} drifted`,
      `${revision} applied`,
    ])
    expect(await problems()).toEqual([])
    expect(calls('applyQueue')).toHaveLength(1)
  })
})
