/** A plugin that dies at any moment, and what is left when it comes back. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openStateFile } from '@suggestive/shared/bridge/state-file'
import { FakeTool } from '../fakes/tool.ts'
import { bothSides, openRig, type Rig } from '../support/bridge.ts'
import { mortal } from '../support/bridge-crash.ts'
import { publishColdStart } from '../support/bridge-queue.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(() => rig.close())

/** Polls until it is dead or has done everything. @returns how many calls it made */
async function live(tool: FakeTool, file: string, at: number, when: How) {
  const ports = { tool, sidecar: rig.client(), state: await openStateFile(file) }
  const mortals = mortal(ports, when === 'stumble' ? 0 : at, when === 'after' ? 'after' : 'before')
  if (when === 'stumble') mortals.stumble(at - 1)
  const bridge = await rig.bridge(mortals)
  for (let polls = 0; polls < 2 && !mortals.isDead(); polls++) {
    await bridge.poll()
    await bridge.idle()
  }
  await bridge.stop()
  return mortals.calls()
}

async function expectAgreement(tool: FakeTool, id: string) {
  const { sidecar, tool: truth } = await bothSides({ ...rig, tool }, id)
  expect(sidecar).toEqual(truth)
  const { items } = await rig.store.labels(id, { limit: 1000 })
  const versions = items.map(({ externalId, identity }) => `${externalId} ${identity}`)
  expect(new Set(versions).size).toBe(versions.length)
  return items.length
}

type How = 'before' | 'after' | 'stumble'

/** Calls at which it dies before or after they are done, or at which only the call fails; every third, each in turn. */
const points = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const how: How = i % 3 === 0 ? 'before' : i % 3 === 1 ? 'after' : 'stumble'
    return [3 * i + 1 + (i % 3), how] as const
  })

describe('a crash', () => {
  it('at any call of the connection', async () => {
    let calls = 99
    let projects = 0
    for (const [at, when] of points(14)) {
      if (at > calls) break
      projects++
      const tool = new FakeTool()
      const title = `Crash ${at}`
      tool.described = { ...tool.described, title, url: `http://tool.test/projects/c${at}` }
      const keys = Array.from({ length: 4 }, () => tool.addTask())
      for (const key of keys.slice(1)) tool.annotate(key)
      const file = join(rig.folder.path, `connect-${at}.json`)
      calls = await live(tool, file, at, when)
      calls = Math.max(calls, await live(tool, file, 0, 'before'))
      expect(await expectAgreement(tool, `crash-${at}`)).toBe(3)
    }
    expect(calls).toBeGreaterThan(15)
    expect(await rig.store.projects()).toHaveLength(projects)
  }, 20_000)

  it('at any call of a poll with news of every kind', async () => {
    const tool = new FakeTool()
    tool.described = { ...tool.described, title: 'Polls', url: 'http://tool.test/projects/p' }
    const id = 'polls'
    const file = join(rig.folder.path, 'polls.json')
    const keys = Array.from({ length: 6 }, () => tool.addTask())
    await live(tool, file, 0, 'before')
    let calls = 99
    let revision = 0
    for (const [at, when] of points(20)) {
      if (at > calls) break
      const [one = '', two = '', three = ''] = keys
      const said = { pixels: 1 + (at % 30), seconds: at }
      const [kept] = tool.labelsOf(one)
      if (kept === undefined) tool.annotate(one, said)
      else tool.edit(one, kept.externalId, said)
      for (const { externalId } of tool.labelsOf(two)) tool.deleteAnnotation(two, externalId)
      tool.annotate(two, { ...said, outcome: at % 3 === 0 ? 'skipped' : 'labelled' })
      tool.change(three, { name: `name ${at}`, state: at % 2 === 0 ? 'open' : 'in-progress' })
      const fresh = tool.addTask()
      await rig.store.wantImages(id, [three], rig.http.now)
      revision = await publishColdStart(rig, id, at % 2 === 0 ? keys : keys.toReversed())
      calls = await live(tool, file, at, when)
      const all = await live(tool, file, 0, 'before')
      calls = Math.max(calls, all)
      await expectAgreement(tool, id)
      expect(await rig.store.task(id, three)).toMatchObject({ name: `name ${at}` })
      expect(await rig.store.task(id, fresh)).toMatchObject({ state: 'open' })
      expect(tool.served?.revision).toBe(revision)
      const { items } = await rig.store.receipts(id, { limit: 1 })
      expect(items[0]).toMatchObject({ revision, outcome: 'applied' })
    }
    expect(calls).toBeGreaterThan(20)
    expect(await rig.store.problems(id)).toEqual([])
  }, 40_000)
})
