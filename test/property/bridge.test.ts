/** Whatever people, hints, faults and crashes do, in whatever order: in the end the sidecar has what the tool has. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { openStateFile } from '@suggestive/shared/bridge/state-file'
import fc from 'fast-check'
import { FakeTool } from '../fakes/tool.ts'
import { bothSides, openRig, type Rig } from '../support/bridge.ts'
import { mortal } from '../support/bridge-crash.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(() => rig.close())

const pick = fc.nat(1000)
const outcome = fc.constantFrom('labelled', 'labelled', 'empty', 'skipped')
const pixels = fc.integer({ min: 1, max: 4 })
/** Few masks, so that people return to what was there before. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('annotate' as const), pick, outcome, pixels }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), pick, outcome, pixels }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lock' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('poke' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('poll' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('stumble' as const), pick: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      pick: fc.nat(30),
      when: fc.constantFrom('before', 'after'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

let runs = 0

async function play(steps: readonly Step[]) {
  const tool = new FakeTool()
  const run = ++runs
  const title = `Run ${run}`
  tool.described = { ...tool.described, title, url: `http://tool.test/projects/r${run}` }
  const file = join(rig.folder.path, `run-${run}.json`)
  let written = 0
  const open = async (at: number, when: 'before' | 'after') => {
    const ports = { tool, sidecar: rig.client(), state: await openStateFile(file) }
    const mortals = mortal(ports, at, when)
    const bridge = await rig.bridge({ ...mortals, hintMs: 0 })
    bridge.start()
    return { mortals, bridge }
  }
  let { bridge, mortals } = await open(0, 'before')
  const keyAt = (index: number) => tool.keys()[index % Math.max(1, tool.keys().length)]
  for (const one of steps) {
    const key = 'pick' in one ? keyAt(one.pick) : undefined
    const external = () => {
      const labels = key === undefined ? [] : tool.labelsOf(key)
      return 'pick' in one ? labels[one.pick % Math.max(1, labels.length)]?.externalId : undefined
    }
    if (one.do === 'add') tool.addTask()
    if (one.do === 'annotate' && key !== undefined) {
      written++
      tool.annotate(key, one)
    }
    if (one.do === 'edit' || one.do === 'delete') {
      const id = external()
      if (key === undefined || id === undefined) continue
      written++
      if (one.do === 'edit') tool.edit(key, id, one)
      else tool.deleteAnnotation(key, id)
    }
    if (one.do === 'remove' && key !== undefined) tool.removeTask(key)
    if (one.do === 'lock' && key !== undefined) tool.change(key, { state: 'in-progress' })
    // A hint may be true, late, doubled or forged: it carries nothing that could be believed.
    if (one.do === 'poke') for (let i = 0; i <= one.pick % 3; i++) bridge.poke()
    if (one.do === 'poll') await bridge.poll()
    if (one.do === 'stumble') mortals.stumble(one.pick)
    if (one.do === 'crash') {
      await bridge.stop()
      ;({ bridge, mortals } = await open(one.pick, one.when))
      await bridge.poll()
      await bridge.stop()
      ;({ bridge, mortals } = await open(0, 'before'))
    }
    if (one.do === 'forget') {
      await bridge.stop()
      rig.folder.write(`run-${run}.json`, '{"cursor":')
      ;({ bridge, mortals } = await open(0, 'before'))
    }
  }
  mortals.stumble(-1)
  await bridge.poll()
  await bridge.poll()
  await bridge.idle()
  await bridge.stop()
  expect(mortals.isDead()).toBe(false)
  const id = `run-${run}`
  const { sidecar, tool: truth } = await bothSides({ ...rig, tool }, id)
  expect(sidecar).toEqual(truth)
  const { items } = await rig.store.labels(id, { limit: 1000 })
  // Not more versions than people have made, and no two after one another that say the same.
  expect(items.length).toBeLessThanOrEqual(written)
  const last = new Map<string, string>()
  for (const { externalId, identity } of items) {
    expect(last.get(externalId)).not.toBe(identity)
    last.set(externalId, identity)
  }
  for (const key of tool.keys()) {
    const outcomes = tool.labelsOf(key).map((label) => label.outcome)
    const finished = outcomes.some((word) => word !== 'skipped')
    const { label } = (await rig.store.task(id, key)) ?? {}
    expect([key, label === 'labelled' || label === 'empty']).toEqual([key, finished])
  }
  expect(await rig.store.problems(id)).toEqual([])
}

it('agrees with the tool after any schedule', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), play), {
    numRuns: 12,
    seed: 20261124,
    endOnFailure: true,
  })
}, 60_000)
