/** The agent's queue in CVAT Online: restarts, lost connections, cancellation. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FakeTask } from '../fakes/cvat/model.ts'
import type { Fault } from '../fakes/cvat/reactions.ts'
import { type AgentBench, ended, object, openAgentBench, until } from '../support/cvat-agent.ts'

let bench: AgentBench
let task: FakeTask
beforeEach(async () => {
  bench = await openAgentBench()
  task = bench.addTask(2)
  bench.suggest(task, 0, [1, object, 1])
})
afterEach(() => bench.close())

const stored = () => bench.fake.state.jobsOf(task.id).flatMap(({ id }) => bench.fake.shapes(id))

/** The first request that matches meets this fault; or the first so many. */
function breakDown(path: RegExp, fault: Fault, times = 1) {
  let left = times
  bench.fake.onRequest = (asked) => {
    if (!path.test(asked.path) || left === 0) return undefined
    left -= 1
    return { fault }
  }
}

describe('the queue', () => {
  it('is emptied at the start, whatever is told', async () => {
    const first = bench.start()
    const id = await bench.resting()
    await first.stop()
    const requests = [{}, { frame: 0 }, {}, {}, {}].map((wish) =>
      bench.fake.agents.request(id, task, wish),
    )
    bench.start()
    for (const request of requests) await ended(request)
    expect(requests.map(({ status }) => status)).toEqual(Array(5).fill('finished'))
  })

  it.each([{}, { frame: 0 }])('wakes the agent by its events: %j', async (wish) => {
    const agent = bench.start()
    const id = await bench.resting()
    expect(agent.status().phase).toBe('watching')
    const request = bench.fake.agents.request(id, task, wish)
    await ended(request)
    await until('the count', () => agent.status().answered === 1)
    expect(agent.status()).toMatchObject({ phase: 'watching', failed: 0 })
  })

  it('is polled where the server has no events', async () => {
    breakDown(/watch$/, { kind: 'status', status: 404 }, 1e6)
    const agent = bench.start({}, { pollMs: 30, mostPauseMs: 60_000 })
    const { id } = await bench.function()
    const request = bench.fake.agents.request(id, task)
    await ended(request)
    expect(agent.status().phase).toBe('polling')
    expect(bench.fake.count('GET', /watch$/)).toBe(1)
  })

  it('is listened to again after the stream has ended', async () => {
    bench.start()
    const id = await bench.listening()
    for (const watcher of bench.fake.agents.of(id).watchers) watcher.destroy()
    await until('the end', () => bench.fake.agents.of(id).watchers.size === 0)
    // What came meanwhile is found, too.
    const missed = bench.fake.agents.request(id, task)
    await ended(missed)
    // The fake asks for a pause of five seconds.
    await until('the stream', () => bench.fake.agents.of(id).watchers.size === 1)
    await ended(bench.fake.agents.request(id, task))
  })
})

describe('lost answers and failing servers', () => {
  it.each<[string, RegExp, Fault, number]>([
    ['taking: no connection', /acquire$/, { kind: 'reset' }, 9],
    ['taking: a failing server', /acquire$/, { kind: 'status', status: 502 }, 9],
    ['taking: no right, for a while', /acquire$/, { kind: 'status', status: 403 }, 3],
    ['completing: no connection', /complete$/, { kind: 'reset' }, 3],
    ['completing: a failing server', /complete$/, { kind: 'status', status: 503 }, 3],
    ['completing: the answer is lost', /complete$/, { kind: 'lost' }, 1],
    ['completing: half of the answer', /complete$/, { kind: 'half' }, 1],
    ['completing: somebody gave up', /complete$/, { kind: 'gave-up' }, 1],
    ['progress: no connection', /update$/, { kind: 'reset' }, 4],
    ['watching: no connection', /watch$/, { kind: 'reset' }, 1],
  ])('end in the same: %s', async (_, path, fault, times) => {
    const first = bench.start()
    const id = await bench.resting()
    await first.stop()
    const request = bench.fake.agents.request(id, task)
    breakDown(path, fault, times)
    const agent = bench.start()
    await ended(request)
    expect([request.status, stored().length]).toEqual(['finished', 1])
    // Others are answered afterwards.
    await bench.listening()
    await ended(bench.fake.agents.request(id, task, { frame: 0 }))
    await until('health', () => bench.reports.at(-1) === undefined)
    await until('the count', () => agent.status().answered === 2)
    expect(agent.status().failed).toBe(0)
  })

  it('an answer that CVAT refuses fails the request in its words', async () => {
    bench.start()
    const id = await bench.listening()
    const body = JSON.stringify(['label_id `9` is invalid'])
    const headers = { 'Content-Type': 'application/vnd.cvat+json' }
    breakDown(/complete$/, { kind: 'status', status: 400, headers, body })
    const request = bench.fake.agents.request(id, task)
    await ended(request)
    expect(request.error).toMatch(/label_id `9` is invalid/)
    expect(bench.fake.count('POST', /complete$/)).toBe(1)
  })

  it('a server that takes no answer hears that there is none', async () => {
    bench.start()
    const id = await bench.listening()
    breakDown(/complete$/, { kind: 'status', status: 500 }, 1e6)
    const request = bench.fake.agents.request(id, task)
    await ended(request)
    expect([request.status, stored()]).toEqual(['failed', []])
  })
})

describe('a request that is cancelled', () => {
  it.each(['is gone', 'has another agent'])('ends the work when it %s', async (how) => {
    let frames = 0
    let cancel = () => {}
    const many = bench.addTask(20)
    const agent = bench.start({
      suggestion: async () => {
        frames += 1
        if (frames === 3) cancel()
        return undefined
      },
    })
    const id = await bench.listening()
    const { requests } = bench.fake.agents.of(id)
    const request = bench.fake.agents.request(id, many)
    cancel = () => {
      if (how === 'is gone') requests.splice(0)
      else request.agent = 'other'
    }
    await until('the end', () => bench.lines.includes('a request of CVAT was left'))
    expect(frames).toBe(3)
    expect(bench.fake.count('POST', /(complete|fail)$/)).toBe(0)
    await ended(bench.fake.agents.request(id, task))
    await until('the count', () => agent.status().answered === 1)
    expect(agent.status().failed).toBe(0)
  })
})

describe('a process that ends at work', () => {
  it('leaves the request to the next one, and says nothing', async () => {
    const started: string[] = []
    const first = bench.start({
      suggestion: (taskKey, signal) => {
        started.push(taskKey)
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('ended')))
        })
      },
    })
    const id = await bench.listening()
    const request = bench.fake.agents.request(id, task)
    await until('work', () => started.length === 1)
    await first.stop()
    expect([request.status, request.error]).toEqual(['assigned', null])
    expect(bench.fake.count('POST', /(complete|fail)$/)).toBe(0)
    // As the server does with what nobody has worked on for a while.
    Object.assign(request, { status: 'queued', agent: null })
    bench.start()
    await ended(request)
    expect([request.status, stored().length]).toEqual(['finished', 1])
  })
})
