/** The agent's answers to requests of CVAT Online. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import type { FakeTask } from '../fakes/cvat/model.ts'
import {
  type AgentBench,
  ended,
  height,
  object,
  objectPoints,
  openAgentBench,
  until,
  width,
} from '../support/cvat-agent.ts'

let bench: AgentBench
let task: FakeTask
beforeEach(async () => {
  bench = await openAgentBench()
  task = bench.addTask(3)
})
afterEach(() => bench.close())

/** What a user starts, answered. */
async function ask(wish: Parameters<AgentBench['fake']['agents']['request']>[2] = {}, more = {}) {
  const id = await bench.listening()
  const request = bench.fake.agents.request(id, task, wish)
  Object.assign(request.parameters, more)
  await ended(request)
  return request
}

const stored = () => bench.fake.state.jobsOf(task.id).flatMap((job) => bench.fake.shapes(job.id))

describe('a whole task', () => {
  it('gets the suggestions of its frames, which CVAT stores', async () => {
    bench.suggest(task, 0, [1, object, 0.75])
    bench.suggest(task, 2, [1, [0, 1, 31], 0.5])
    bench.start()
    expect(await ask()).toMatchObject({ status: 'finished', error: null })
    expect(stored()).toMatchObject([
      { type: 'mask', frame: 0, points: objectPoints, source: 'auto', score: 0.75 },
      { type: 'mask', frame: 2, points: [0, 1, 0, 0, 0, 0], source: 'auto', score: 0.5 },
    ])
    expect(bench.fake.count('PATCH', /annotations/)).toBe(0)
  })

  it('without any suggestion is answered with nothing, which is no failure', async () => {
    bench.start()
    expect(await ask()).toMatchObject({ status: 'finished', annotations: { shapes: [] } })
  })

  it('has no shapes where frames are deleted', async () => {
    for (const frame of [0, 1, 2]) bench.suggest(task, frame, [1, object, 1])
    if (task.data !== null) task.data.deletedFrames = [1]
    bench.start()
    await ask()
    expect(stored().map(({ frame }) => frame)).toEqual([0, 2])
  })

  it('is told of one odd image in the log only', async () => {
    bench.suggest(task, 0, [1, object, 1])
    const mask = { width: 4, height: 4, layers: [{ classId: 1, runs: [0, 16] }] }
    bench.suggestions.set(`${task.id}-1`, { mask, scores: new Map() })
    bench.start()
    expect(await ask()).toMatchObject({ status: 'finished' })
    expect(stored().map(({ frame }) => frame)).toEqual([0])
    expect(bench.lines).toContainEqual(expect.stringMatching(/4 x 4 pixels, but .* 8 x 4/))
  })

  it('hears of progress', async () => {
    const seen: number[] = []
    bench.fake.onRequest = ({ path, body }) => {
      if (path.endsWith('/update')) seen.push(Object(body).progress)
      return undefined
    }
    bench.start()
    await ask()
    expect(seen).toEqual([0, 1 / 3, 2 / 3])
  })

  it('hears of progress only now and then', async () => {
    bench.start({}, { progressMs: 60_000 })
    await ask()
    expect(bench.fake.count('POST', /\/update$/)).toBe(0)
  })
})

describe('one frame', () => {
  it('is shown and not stored', async () => {
    bench.suggest(task, 1, [1, object, 0.75])
    bench.start()
    const request = await ask({ frame: 1 })
    expect(request.annotations?.shapes).toMatchObject([{ frame: 1, points: objectPoints }])
    expect(stored()).toEqual([])
  })

  it('is answered while a whole task is worked on', async () => {
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    bench.start({
      suggestion: async (taskKey) => {
        if (taskKey.endsWith('-0')) await held
        return undefined
      },
    })
    const id = await bench.listening()
    const whole = bench.fake.agents.request(id, task)
    await until('work', () => whole.status === 'assigned')
    const frame = bench.fake.agents.request(id, task, { frame: 1 })
    await ended(frame)
    expect([frame.status, whole.status]).toEqual(['finished', 'assigned'])
    goOn()
    await ended(whole)
    expect(whole.status).toBe('finished')
  })

  it('may be a part of the image only, in its own coordinates', async () => {
    bench.suggest(task, 0, [1, object, 1])
    bench.start()
    const request = await ask({ frame: 0 }, { roi: [2, 1, 8, 3] })
    expect(request.annotations?.shapes).toMatchObject([{ points: [0, 2, 0, 0, 1, 0] }])
  })
})

describe('what is wanted of the labels', () => {
  const two = [
    { name: 'gland', type: 'mask' },
    { name: 'other', type: 'any' },
    { name: 'box', type: 'rectangle' },
  ]
  beforeEach(() => {
    bench = bench.with(two)
    task = bench.addTask(1)
    bench.suggest(task, 0, [1, object, 0.75], [2, [0, 1, 31], 0.5])
  })
  const labelId = (name: string) =>
    [...bench.fake.state.labels.values()].find(
      (one) => one.name === name && one.project === bench.project.id,
    )?.id

  it('is what both have', async () => {
    bench.start()
    expect((await bench.function()).labels_v2).toMatchObject([
      { name: 'gland', type: 'mask' },
      { name: 'other', type: 'any' },
    ])
    await ask()
    expect(stored()).toMatchObject([
      { label_id: labelId('gland'), type: 'mask' },
      { label_id: labelId('other'), type: 'mask' },
    ])
  })

  it('is where the mapping leads, and nothing else', async () => {
    bench.start()
    await ask({}, { mapping: { gland: { name: 'other' } } })
    expect(stored()).toMatchObject([
      { label_id: labelId('other'), type: 'mask', points: objectPoints },
    ])
    expect(await ask({}, { mapping: {} })).toMatchObject({ annotations: { shapes: [] } })
  })

  it('is polygons for labels that take both, where the project is connected so', async () => {
    bench.start({ shape: 'polygon' })
    await ask()
    expect(stored()).toMatchObject([{ type: 'mask' }, { type: 'polygon' }])
  })

  it('is polygons where CVAT asks for them', async () => {
    bench.start()
    await ask({ toPolygons: true })
    expect(stored()).toMatchObject([{ type: 'polygon' }, { type: 'polygon' }])
  })

  it('is not below the threshold', async () => {
    bench.start()
    await ask({ threshold: 0.75 })
    expect(stored()).toMatchObject([{ score: 0.75 }])
    expect(await ask({ threshold: 0.76 })).toMatchObject({ annotations: { shapes: [] } })
  })

  it.each([
    ['a label that the task has not', { gland: { name: 'none' } }, /no label "none" for areas/],
    ['a label that takes no masks', { gland: { name: 'box' } }, /"box" draws with .*"rectangle"/],
    ['a label that is no more', { former: { name: 'gland' } }, /no label "former" any more/],
  ])('is refused for %s', async (_, mapping, sentence) => {
    bench.start()
    const request = await ask({}, { mapping })
    expect([request.status, request.error]).toEqual(['failed', expect.stringMatching(sentence)])
  })
})

describe('what cannot be answered', () => {
  it.each<[string, object, RegExp]>([
    ['a frame that is none', { frame: 7 }, /no frame 7/],
    ['a task of elsewhere', { task: 99 }, /^Task 99 has no suggestions/],
    ['another kind', { type: 'track' }, /single frames and whole tasks only/],
    ['another form', { mapping: 5 }, /not understood at "mapping"/],
    ['a part beyond the image', { roi: [0, 0, width + 1, height] }, /does not lie in the image/],
    ['an empty part', { roi: [1, 1, 1, 2] }, /does not lie in the image/],
  ])('is %s: one sentence says so', async (_, more, sentence) => {
    bench.suggest(task, 1, [1, object, 1])
    bench.start()
    const request = await ask({ frame: 1 }, more)
    expect([request.status, request.error]).toEqual(['failed', expect.stringMatching(sentence)])
    expect(request.error).not.toMatch(/\n|Error:|Traceback|\.ts:/)
  })

  it('is a deleted frame', async () => {
    if (task.data !== null) task.data.deletedFrames = [1]
    bench.start()
    expect(await ask({ frame: 1 })).toMatchObject({ status: 'failed' })
  })

  it('is a mask of another size than the frame', async () => {
    const mask = { width: 4, height: 4, layers: [{ classId: 1, runs: [0, 16] }] }
    bench.suggestions.set(`${task.id}-1`, { mask, scores: new Map() })
    bench.start()
    const { error } = await ask({ frame: 1 })
    expect(error).toMatch(/4 x 4 pixels, but/)
  })

  it('tells nothing about this machine', async () => {
    const secret = 'The sidecar does not answer GET http://10.0.0.5:4300/v1'
    bench.suggestions.set(`${task.id}-1`, new Problem('tool-failed', secret))
    bench.start()
    expect((await ask()).error).toMatch(/^The suggestions cannot be read at the moment: [^\d]*$/)
    bench.suggestions.clear()
    expect(await ask()).toMatchObject({ status: 'finished' })
  })
})
