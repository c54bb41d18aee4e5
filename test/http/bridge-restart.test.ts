/** A sidecar that restarts, forgets or resets, and a bridge that is stopped. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { FakeTool } from '../fakes/tool.ts'
import { openRig, type Rig, until } from '../support/bridge.ts'
import { publishColdStart } from '../support/bridge-queue.ts'
import { newProject } from '../support/http-data.ts'

const id = 'nuclei-2026'
let rig: Rig
beforeEach(async () => {
  rig = await openRig()
})
afterEach(() => rig.close())

const addTasks = (count: number) => Array.from({ length: count }, () => rig.tool.addTask())
const want = (keys: readonly string[]) => rig.store.wantImages(id, keys, rig.http.now)
const problems = async () => (await rig.store.problems(id)).map(({ key }) => key)

describe('a sidecar that', () => {
  it('restarts is found again, and its events go on where they broke off', async () => {
    const keys = addTasks(3)
    const bridge = await rig.bridge()
    await bridge.poll()
    await rig.stopServer()
    await want(keys)
    await until(() => !bridge.status().hasEvents)
    await bridge.poll()
    expect(bridge.status().problems[0]?.sentence).toContain('The sidecar does not answer')
    await rig.startServer()
    await until(() => bridge.status().hasEvents)
    await until(async () => (await rig.store.project(id))?.counts.images === 3)
    await bridge.poll()
    expect(bridge.status().problems).toEqual([])
    expect(await problems()).toEqual([])
  })

  it('has forgotten what it acknowledged gets everything again', async () => {
    const { tool } = rig
    const keys = addTasks(4)
    for (const key of keys) tool.annotate(key)
    const bridge = await rig.bridge()
    await bridge.poll()
    await publishColdStart(rig, id, keys.toReversed())
    await bridge.poll()
    await bridge.idle()
    await bridge.poll()
    await bridge.stop()
    // Another sidecar with an empty database, and the same tool.
    const other = await openRig()
    const { now } = other.http
    // Its events have other numbers: they do not tell that it is another one.
    await other.store.createProject(newProject('elsewhere'), now)
    for (let i = 0; i < 50; i++) await other.store.wantImages('elsewhere', ['1'], now)
    try {
      const again = await rig.bridge({ sidecar: other.client() })
      await again.poll()
      expect(await other.store.project(id)).toMatchObject({ counts: { tasks: 4, labelled: 4 } })
    } finally {
      await other.close()
    }
  })

  it('resets the events is read again from the beginning', async () => {
    const { tool, store } = rig
    const [key = ''] = addTasks(2)
    tool.annotate(key)
    const first = await rig.bridge()
    await first.poll()
    await first.stop()
    await rig.http.deps.store.forgetEvents(rig.http.now + 1)
    const other = addTasks(1)
    await want(other)
    // As after the restore of an older backup: what the cursor says was acknowledged is not there.
    tool.annotate(other[0] ?? '')
    rig.folder.write('state.json', JSON.stringify({ project: id, eventId: 999, cursor: '99' }))
    const second = await rig.bridge()
    await until(async () => {
      await second.poll()
      return (await store.project(id))?.counts.labelled === 2
    })
  })
})

it('stops in the middle of anything, and says so', async () => {
  const tool = new FakeTool()
  const bridge = await rig.bridge({ tool })
  tool.addTask()
  bridge.start()
  await bridge.stop()
  expect(bridge.status().phase).toBe('stopped')
  const before = tool.calls.length
  bridge.poke()
  await bridge.poll()
  expect(tool.calls).toHaveLength(before)
})
