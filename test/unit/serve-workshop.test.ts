/** The workshop as the server holds it: opened again when its thread dies, and people are told when that repeats. */
import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { openWorkshop } from '@suggestive/sidecar/main/workshop'
import type { NewProblem } from '@suggestive/sidecar/ports/store'
import type { Workshop } from '@suggestive/sidecar/ports/workshop'
import type { WorkshopThreadOptions } from '@suggestive/sidecar/workshop/thread'
import { createFakeTime } from '../fakes/time.ts'
import { problemOf } from '../support/problems.ts'

const options = { engine: 'onnx', threads: 1, blobs: 'blobs', checkpoints: 'checkpoints' } as const

/** Threads that answer with their number and die on demand. */
async function open() {
  const time = createFakeTime()
  const problems = new Map<string, NewProblem>()
  const states: string[] = []
  const closed: number[] = []
  let threads = 0
  let die = (_: Problem) => {}
  let mayOpen = true

  async function openThread({ onExit }: WorkshopThreadOptions): Promise<Workshop> {
    if (!mayOpen) throw new Problem('engine-failed', 'It does not start.')
    const number = ++threads
    die = (problem) => onExit?.(problem)
    const refuse = async () => {
      throw new Problem('engine-failed', 'not part of this test')
    }
    return {
      info: async () => ({ engine: 'onnx', version: String(number), device: 'cpu', threads: 1 }),
      trainMember: refuse,
      forget: refuse,
      join: refuse,
      score: refuse,
      maps: refuse,
      select: refuse,
      appearances: refuse,
      coldStart: refuse,
      segment: refuse,
      levels: refuse,
      close: async () => {
        closed.push(number)
      },
    }
  }

  const workshop = await openWorkshop(options, {
    store: {
      raiseProblem: async (problem) => {
        problems.set(problem.key, problem)
      },
      clearProblem: async (_, key) => {
        problems.delete(key)
      },
    },
    clock: time,
    timers: time.timers,
    log: { info() {}, warn() {}, error() {} },
    metrics: { engine: (state) => states.push(state) },
    openThread,
  })
  return {
    workshop,
    time,
    problems,
    states,
    closed,
    crash: () => die(new Problem('engine-failed', 'It crashed.')),
    allow: (isAllowed: boolean) => {
      mayOpen = isAllowed
    },
  }
}

const crashes = 5

describe('the workshop of the server', () => {
  it('is opened again after its death; until then it is not ready', async () => {
    const { workshop, time, crash, states } = await open()
    crash()
    expect(await problemOf('not-ready', () => workshop.info())).toMatch(/try again in a moment/)
    await time.pass(1000)
    expect((await workshop.info()).version).toBe('2')
    expect(states).toEqual(['starting', 'ready', 'failed', 'starting', 'ready'])
  })

  it('is tried again when it does not start', async () => {
    const { workshop, time, crash, allow } = await open()
    allow(false)
    crash()
    await time.pass(1000)
    await problemOf('not-ready', () => workshop.info())
    allow(true)
    await time.pass(2000)
    expect((await workshop.info()).version).toBe('2')
  })

  it('raises a problem when it dies again and again', async () => {
    const { time, crash, problems } = await open()
    for (let i = 1; i <= crashes; i++) {
      expect([...problems.keys()]).toEqual([])
      crash()
      await time.pass(20_000)
    }
    expect([...problems.values()]).toMatchObject([
      { key: 'crash-loop/workshop', sentence: expect.stringContaining('It crashed.') },
    ])
  })

  it('stays closed', async () => {
    const { workshop, time, crash, closed } = await open()
    await workshop.close()
    expect(closed).toEqual([1])
    crash()
    await time.pass(60_000)
    await problemOf('not-ready', () => workshop.info())
  })
})
