import { afterEach, describe, expect, it } from '@jest/globals'
import type { LabelStudioTool } from '@suggestive/plugin-labelstudio/tool'
import {
  type Bench,
  digestOf,
  never,
  openBench,
  publicationOf,
  serve,
} from '../support/label-studio.ts'

let bench: Bench
afterEach(() => bench.close())

describe('drift', () => {
  let tool: LabelStudioTool
  async function published() {
    bench = await openBench(8)
    tool = bench.tool()
    await tool.applyQueue(publicationOf(1, bench.ids), never)
    expect(await tool.drift(1, never)).toBeUndefined()
    const project = bench.fake.state.projects.get(bench.project)
    if (project === undefined) throw new Error('no project')
    return project
  }

  it('tells a changed sampling and a changed version, and publishing again repairs both', async () => {
    const project = await published()
    project.sampling = 'Sequential sampling'
    project.modelVersion = 'Some backend'
    const sentence = await tool.drift(1, never)
    expect(sentence).toContain('Sequential sampling')
    expect(sentence).toContain('Some backend')
    bench.asked()
    await tool.applyQueue(publicationOf(1, bench.ids), never)
    expect(await tool.drift(1, never)).toBeUndefined()
    expect(bench.asked().filter((one) => !one.startsWith('GET'))).toEqual([
      `PATCH /api/projects/${bench.project}`,
    ])
  })

  it('tells removed predictions, and publishing again sends the missing ones', async () => {
    await published()
    for (const id of bench.ids.slice(2, 5)) {
      for (const one of bench.fake.state.predictionsOf(id)) bench.fake.state.deletePrediction(one)
    }
    expect(await tool.drift(1, never)).toContain('3 of 8 predictions were removed')
    await tool.applyQueue(publicationOf(1, bench.ids), never)
    expect(await tool.drift(1, never)).toBeUndefined()
    expect(await serve(bench, [1], 8)).toEqual(bench.ids)
  })

  it('tells another revision than the one that was published', async () => {
    await published()
    expect(await tool.drift(2, never)).toContain('revision 1 was published last')
  })

  it('tells that an ML backend has taken over the version', async () => {
    const project = await published()
    project.modelVersion = null
    project.showPredictions = false
    const sentence = await tool.drift(1, never)
    expect(sentence).toContain('to none')
    expect(sentence).toContain('switched off')
  })
})

describe('disconnecting', () => {
  it('restores the project as it was, and removes what was added, nothing else', async () => {
    bench = await openBench(5)
    const { state } = bench.fake
    const [task = 0] = bench.ids
    state.addPrediction({ task, modelVersion: 'theirs', score: 0.5, result: [] })
    const project = state.projects.get(bench.project)
    if (project === undefined) throw new Error('no project')
    project.modelVersion = 'theirs'
    project.sampling = 'Uniform sampling'
    const tool = bench.tool()
    for (const revision of [1, 2, 3]) {
      await tool.applyQueue(publicationOf(revision, bench.ids), never)
    }
    await tool.disconnect(never)
    expect(project).toMatchObject({ modelVersion: 'theirs', sampling: 'Uniform sampling' })
    expect([...state.versions(bench.project)]).toEqual([['theirs', 1]])
    expect(state.views.size).toBe(0)
    expect(bench.memory.held).toEqual({ published: [] })
    await tool.disconnect(never)
    expect(project).toMatchObject({ modelVersion: 'theirs', sampling: 'Uniform sampling' })
  })

  it('leaves no random queue when the memory was lost', async () => {
    bench = await openBench(3)
    await bench.tool().applyQueue(publicationOf(1, bench.ids), never)
    bench.memory.held = { published: [] }
    await bench.tool().disconnect(never)
    expect(bench.fake.state.projects.get(bench.project)).toMatchObject({
      modelVersion: '',
      sampling: 'Sequential sampling',
    })
  })

  it('leaves alone what somebody has set since', async () => {
    bench = await openBench(5)
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, bench.ids), never)
    const project = bench.fake.state.projects.get(bench.project)
    if (project === undefined) throw new Error('no project')
    project.sampling = 'Uniform sampling'
    project.modelVersion = ''
    await tool.disconnect(never)
    expect(project).toMatchObject({ modelVersion: '', sampling: 'Uniform sampling' })
  })

  it('shows no version when the former one is gone', async () => {
    bench = await openBench(5)
    bench.memory.held = {
      published: [],
      before: { sampling: 'Sequential sampling', modelVersion: 'gone', showPredictions: true },
    }
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, bench.ids, 2, digestOf('b')), never)
    await tool.disconnect(never)
    expect(bench.fake.state.projects.get(bench.project)).toMatchObject({
      modelVersion: '',
      sampling: 'Sequential sampling',
    })
  })
})
