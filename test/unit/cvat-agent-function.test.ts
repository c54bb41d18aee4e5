/** The agent's function in CVAT Online: made once, found again, removed. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type AgentBench, never, openAgentBench, until } from '../support/cvat-agent.ts'

let bench: AgentBench
beforeEach(async () => {
  bench = await openAgentBench()
})
afterEach(() => bench.close())

const functions = () => [...bench.fake.agents.functions.values()]

describe('the function', () => {
  it('is a private detector of the name of the project', async () => {
    bench.start()
    expect(await bench.function()).toMatchObject({
      ...{ provider: 'native', kind: 'detector', name: 'suggest.glands', visibility: 'private' },
      labels_v2: [{ name: 'gland', type: 'mask' }],
    })
  })

  it('waits until the project has a name', async () => {
    let name: string | undefined
    bench.start({ project: () => name })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(functions()).toEqual([])
    name = 'late'
    expect((await bench.function()).name).toBe('suggest.late')
  })

  it('is found again after a restart', async () => {
    const first = bench.start()
    const id = await bench.listening()
    await first.stop()
    await until('its end', () => functions()[0]?.watchers.size === 0)
    bench.start()
    await bench.listening()
    expect(functions().map((one) => one.id)).toEqual([id])
  })

  it('stays where the server does not keep the types of labels', async () => {
    bench = bench.with([{ name: 'gland', type: 'any' }])
    const first = bench.start()
    const id = await bench.listening()
    await first.stop()
    await until('its end', () => functions()[0]?.watchers.size === 0)
    for (const label of functions()[0]?.labels_v2 ?? []) label.type = 'unknown'
    bench.start()
    await bench.listening()
    expect(functions().map((one) => one.id)).toEqual([id])
  })

  it('is made anew when it was deleted, also under way', async () => {
    bench.start()
    const id = await bench.resting()
    await bench.calls().removeFunction(id, never)
    await until('another one', () => bench.kept.value?.id === id + 1)
    expect(functions().map((one) => one.id)).toEqual([id + 1])
  })

  it('is another one when the labels are others, which is seen under way', async () => {
    bench.start({}, { pollMs: 30, watchedPollMs: 30 })
    await bench.listening()
    bench.fake.state.addLabel({ project: bench.project.id, task: null }, { name: 'new' })
    await until('new labels', () => functions()[0]?.labels_v2.length === 2)
    expect(functions().length).toBe(1)
  })

  it("is nobody else's that has its id by chance", async () => {
    const other = { provider: 'native', name: 'theirs', visibility: 'private', kind: 'detector' }
    const theirs = await bench.calls().addFunction('theirs', [], never)
    expect(theirs).toMatchObject({ name: other.name, isDetector: true })
    bench.kept.value = { id: theirs.id, name: 'suggest.glands' }
    const agent = bench.start()
    await until('an own one', () => functions().length === 2)
    await until('memory', () => bench.kept.value?.id === theirs.id + 1)
    await agent.leave(never)
    expect(functions().map(({ name }) => name)).toEqual(['theirs'])
  })

  it('is removed at the end, and when no agent is wanted any more', async () => {
    const first = bench.start()
    await bench.listening()
    await first.leave(never)
    expect([functions(), bench.kept.value]).toEqual([[], undefined])
    // It does not come back.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(functions()).toEqual([])
    await first.leave(never)
    const second = bench.start()
    await bench.listening()
    await second.stop()
    expect(bench.start({ isOn: false }).status().phase).toBe('off')
    await until('removal', () => bench.kept.value === undefined)
    expect(functions()).toEqual([])
  })

  it('stays remembered until it is removed', async () => {
    const agent = bench.start()
    const id = await bench.listening()
    bench.fake.onRequest = ({ path }) =>
      /functions\/\d+$/.test(path) ? { fault: { kind: 'status', status: 503 } } : undefined
    await expect(agent.leave(never)).rejects.toThrow(/503/)
    expect(bench.kept.value?.id).toBe(id)
  })
})

describe('a process that is killed while it makes the function', () => {
  const killed = new Error('killed')
  /** What the server lists; the free client never asks, so the fake has no list. */
  const listed = () => {
    bench.fake.onRequest = ({ method, path }) => {
      if (method !== 'GET' || path !== '/api/functions') return undefined
      const results = functions().map(({ watchers: _, requests: __, ...one }) => one)
      const body = { count: results.length, next: null, results }
      const headers = { 'Content-Type': 'application/vnd.cvat+json' }
      return { fault: { kind: 'status', status: 200, headers, body: JSON.stringify(body) } }
    }
  }

  it.each([1, 2])('before it writes for the %d. time, has one in the end', async (at) => {
    listed()
    let writes = 0
    bench.kept.onWrite = () => {
      writes += 1
      if (writes >= at) throw killed
    }
    const first = bench.start()
    await until('the kill', () => writes >= at)
    await first.stop()
    bench.kept.onWrite = () => {}
    bench.start()
    await bench.listening()
    expect(functions().length).toBe(1)
  })

  it('goes on where the server lists no functions', async () => {
    bench.kept.value = { id: null, name: 'suggest.glands' }
    bench.start()
    await bench.listening()
    expect(functions().length).toBe(1)
  })

  it('or whose answer is lost, finds it', async () => {
    listed()
    const list = bench.fake.onRequest
    let isLost = false
    bench.fake.onRequest = (asked) => {
      if (asked.method !== 'POST' || asked.path !== '/api/functions' || isLost) return list(asked)
      isLost = true
      return { fault: { kind: 'lost' } }
    }
    bench.start()
    await bench.listening()
    expect(functions().length).toBe(1)
  })
})

describe('a server without agents', () => {
  it('is told of in one sentence, and left alone', async () => {
    await bench.close()
    bench = await openAgentBench({ isOnline: false })
    const agent = bench.start()
    await until('a report', () => bench.reports.length > 0)
    expect(bench.reports).toEqual([
      expect.stringMatching(
        /This CVAT has no agents, only CVAT Online and Enterprise have: [^.]*suggest\.json\.$/,
      ),
    ])
    expect(agent.status()).toMatchObject({ phase: 'stopped', function: null })
    const asked = bench.fake.asked.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(bench.fake.asked.length).toBe(asked)
  })
})
