/** Tasks of a tool in the sidecar, and hints that something has happened. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { bothSides, openRig, type Rig } from '../support/bridge.ts'

const id = 'nuclei-2026'
let rig: Rig
beforeEach(async () => {
  rig = await openRig()
})
afterEach(() => rig.close())

const problems = async () => (await rig.store.problems(id)).map(({ key }) => key)

describe('hints', () => {
  it('are followed by one poll, however many come', async () => {
    const { tool } = rig
    const key = tool.addTask()
    const bridge = await rig.bridge()
    bridge.start()
    await bridge.idle()
    tool.annotate(key)
    const polls = () => tool.calls.filter((call) => call === 'changes').length
    const before = polls()
    for (let times = 0; times < 100; times++) bridge.poke()
    while (polls() === before) await new Promise((resolve) => setTimeout(resolve, 5))
    await bridge.idle()
    const { sidecar, tool: truth } = await bothSides(rig, id)
    expect(sidecar).toEqual(truth)
    expect(polls()).toBe(before + 1)
  })
})

describe('tasks', () => {
  it('follow the tool: new, renamed, in progress, gone, back', async () => {
    const { tool, store } = rig
    const keys = Array.from({ length: 5 }, () => tool.addTask())
    const [one = '', two = '', three = ''] = keys
    tool.annotate(three)
    const bridge = await rig.bridge()
    await bridge.poll()
    tool.change(one, { name: 'new\nname' })
    tool.change(two, { state: 'in-progress' })
    tool.removeTask(three)
    const added = tool.addTask()
    await bridge.poll()
    await bridge.idle()
    expect(await store.task(id, one)).toMatchObject({ name: 'new name' })
    expect(await store.task(id, two)).toMatchObject({ state: 'in-progress' })
    expect(await store.task(id, three)).toMatchObject({ state: 'gone' })
    expect(await store.task(id, added)).toMatchObject({ state: 'open' })
    expect((await store.project(id))?.counts).toMatchObject({
      tasks: 5,
      inProgress: 1,
      labelled: 0,
    })
    // A listing that breaks off says nothing about what comes after.
    let pages = 0
    tool.fault = (method) => {
      if (method === 'tasks page' && ++pages === 2) throw new Problem('tool-failed', 'It broke.')
    }
    await bridge.poll()
    expect(await store.project(id)).toMatchObject({ counts: { tasks: 5 } })
    expect(await problems()).toEqual(['tool.tasks'])
    tool.fault = () => {}
    await bridge.poll()
    expect(await problems()).toEqual([])
  })

  it('that the sidecar could not take are reported, and stop nobody', async () => {
    const { tool, store } = rig
    const odd = tool.addTask()
    tool.annotate(odd)
    const fine = tool.addTask()
    tool.annotate(fine)
    const { tasks, changes } = tool
    const wrong = 'x'.repeat(300)
    tool.tasks = async function* (signal) {
      for await (const page of tasks.call(tool, signal)) {
        yield page.map((task) => (task.taskKey === odd ? { ...task, taskKey: wrong } : task))
      }
    }
    tool.changes = async function* (cursor, signal) {
      for await (const page of changes.call(tool, cursor, signal)) {
        const renamed = page.tasks.map((task) =>
          task.taskKey === odd ? { ...task, taskKey: wrong } : task,
        )
        yield { ...page, tasks: renamed }
      }
    }
    const bridge = await rig.bridge()
    await bridge.poll()
    expect(await store.task(id, fine)).toMatchObject({ label: 'labelled' })
    expect(bridge.status()).toMatchObject({ phase: 'running' })
    expect(await problems()).toEqual([expect.stringMatching(/^tool\.task\.~[0-9a-f]{32}$/)])
  })
})
