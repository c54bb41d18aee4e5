/** Tasks and labels of a tool in the sidecar, over its real interface. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { bothSides, openRig, type Rig } from '../support/bridge.ts'

const id = 'nuclei-2026'
let rig: Rig
beforeEach(async () => {
  rig = await openRig()
})
afterEach(() => rig.close())

async function expectAgreement() {
  const { sidecar, tool } = await bothSides(rig, id)
  expect(sidecar).toEqual(tool)
}

const moment = (ms: number) => new Date(ms).toISOString()
const problems = async () => (await rig.store.problems(id)).map(({ key }) => key)

describe('connecting', () => {
  it('makes the project and takes in everything that was there', async () => {
    const { tool, store } = rig
    const keys = Array.from({ length: 7 }, () => tool.addTask())
    const [one = '', two = '', three = '', four = ''] = keys
    tool.annotate(one)
    tool.annotate(two, { outcome: 'empty' })
    tool.annotate(three, { outcome: 'skipped' })
    tool.annotate(four, { groundTruth: true, pixels: 9 })
    tool.annotate(four)
    const bridge = await rig.bridge()
    expect(bridge.status()).toMatchObject({ phase: 'connecting', project: null })
    await bridge.poll()
    expect(bridge.status()).toMatchObject({ phase: 'running', tasksListed: 7, problems: [] })
    expect(await store.project(id)).toMatchObject({
      name: 'Nuclei 2026',
      tool: 'label-studio',
      toolProject: 'http://tool.test/projects/6',
      classes: [{ id: 1, name: 'nucleus' }],
      counts: { tasks: 7, labelled: 3, empty: 1, skipped: 1, beforeConnection: 3 },
    })
    // Before the connection: their cost is not known and not counted.
    expect(await store.budget(id)).toMatchObject({ images: 0, annotationSeconds: 0 })
    await expectAgreement()
  })

  it('finds its project again, whatever the title is, and leaves that of another server alone', async () => {
    const { tool, store, http } = rig
    const other = { name: 'Other', classes: [{ id: 1, name: 'x' }], tool: 'label-studio' as const }
    const taken = { ...other, id, toolProject: 'http://elsewhere.test/projects/6' }
    await http.send({ method: 'post', path: '/v1/projects', role: 'owner', body: taken })
    await (await rig.bridge()).poll()
    tool.described = { ...tool.described, title: 'Glands' }
    const again = await rig.bridge()
    await again.poll()
    expect(again.status().project).toMatchObject({ id: `${id}-2`, title: 'Glands' })
    const names = (await store.projects()).map(({ name }) => name)
    expect(names.sort()).toEqual(['Glands', 'Other'])
  })

  it('counts what was annotated after the connection, also when its memory was lost', async () => {
    const { tool, store, http } = rig
    const old = tool.addTask()
    const deleted = tool.addTask()
    tool.annotate(old, { finishedAt: moment(http.now - 1000) })
    const last = tool.annotate(deleted, { finishedAt: moment(http.now - 1000) })
    await (await rig.bridge()).poll()
    tool.deleteAnnotation(deleted, last)
    http.now += 60_000
    const later = tool.addTask()
    tool.annotate(later, { finishedAt: moment(http.now), seconds: 30 })
    rig.folder.write('state.json', '{"cursor": "5')
    const bridge = await rig.bridge()
    expect(bridge.status().problems).toHaveLength(1)
    expect(bridge.status().problems[0]?.sentence).toMatch(/damaged.*line 1, column/)
    await bridge.poll()
    expect(await store.project(id)).toMatchObject({ counts: { labelled: 2, beforeConnection: 1 } })
    expect(await store.budget(id)).toMatchObject({ images: 1, annotationSeconds: 30 })
    expect(bridge.status().problems).toEqual([])
    await expectAgreement()
  })

  it('waits for a tool and for a sidecar that do not answer', async () => {
    const { tool } = rig
    tool.addTask()
    tool.fault = () => {
      throw new Problem('tool-failed', 'Label Studio does not answer.')
    }
    const bridge = await rig.bridge()
    await bridge.poll()
    expect(bridge.status()).toMatchObject({ phase: 'connecting' })
    expect(bridge.status().problems[0]?.sentence).toContain('Label Studio does not answer.')
    tool.fault = () => {}
    await rig.stopServer()
    await bridge.poll()
    expect(bridge.status().problems[0]?.sentence).toContain('The sidecar does not answer')
    await rig.startServer()
    await (await rig.bridge()).poll()
    await expectAgreement()
  })
})

describe('labels', () => {
  it('follow the tool: new, edited, deleted, skipped, undone', async () => {
    const { tool, store } = rig
    const keys = Array.from({ length: 5 }, () => tool.addTask())
    const [one = '', two = '', three = ''] = keys
    const bridge = await rig.bridge()
    await bridge.poll()
    const a = tool.annotate(one)
    const b = tool.annotate(one, { annotator: 'bob', pixels: 7 })
    const c = tool.annotate(two, { outcome: 'skipped' })
    await bridge.poll()
    await expectAgreement()
    expect(await store.project(id)).toMatchObject({ counts: { labelled: 1, skipped: 1 } })
    tool.edit(one, a, { pixels: 11 })
    tool.deleteAnnotation(one, b)
    tool.edit(two, c, { outcome: 'labelled' })
    tool.annotate(three, { outcome: 'empty' })
    await bridge.poll()
    await expectAgreement()
    tool.edit(one, a, { pixels: 5 })
    tool.deleteAnnotation(two, c)
    await bridge.poll()
    await expectAgreement()
    expect(await store.task(id, two)).toMatchObject({ label: 'none' })
    // Nobody did anything: nothing is new.
    const before = (await store.labels(id, { limit: 1000 })).items.length
    await bridge.poll()
    expect((await store.labels(id, { limit: 1000 })).items).toHaveLength(before)
  })

  it('are deleted although the tool saved them again without a change', async () => {
    const { tool } = rig
    const key = tool.addTask()
    const bridge = await rig.bridge()
    const a = tool.annotate(key)
    await bridge.poll()
    for (let times = 0; times < 3; times++) {
      tool.edit(key, a, {})
      await bridge.poll()
    }
    tool.deleteAnnotation(key, a)
    await bridge.poll()
    await expectAgreement()
    expect(await rig.store.task(id, key)).toMatchObject({ label: 'none' })
  })

  it('come back when they were taken for deleted', async () => {
    const { tool } = rig
    const key = tool.addTask()
    const bridge = await rig.bridge()
    tool.annotate(key)
    await bridge.poll()
    const { changes } = tool
    for (let times = 0; times < 3; times++) {
      // A tool that tells less than the truth, once, and then the truth with the versions of before.
      tool.changes = async function* (_cursor, signal) {
        for await (const page of changes.call(tool, undefined, signal)) {
          yield { ...page, tasks: page.tasks.map((task) => ({ ...task, labels: [] })) }
        }
      }
      await bridge.poll()
      expect(await rig.store.task(id, key)).toMatchObject({ label: 'none' })
      tool.changes = (_cursor, signal) => changes.call(tool, undefined, signal)
      await bridge.poll()
      await expectAgreement()
      expect(await rig.store.task(id, key)).toMatchObject({ label: 'labelled' })
    }
  })

  it('that cannot be read are reported and not taken for deleted', async () => {
    const { tool } = rig
    const key = tool.addTask()
    const a = tool.annotate(key)
    const bridge = await rig.bridge()
    await bridge.poll()
    const before = tool.labelsOf(key)
    tool.deleteAnnotation(key, a)
    tool.change(key, { faults: ['The brush mask of annotation 1 is cut off.'] })
    await bridge.poll()
    const { sidecar } = await bothSides(rig, id)
    expect(Object.keys(sidecar[key] ?? {})).toEqual(before.map(({ externalId }) => externalId))
    expect(await rig.store.problems(id)).toMatchObject([
      { key: `tool.label.${key}`, url: `http://tool.test/tasks/${key}` },
    ])
    tool.change(key, { faults: [] })
    await bridge.poll()
    expect(await problems()).toEqual([])
    await expectAgreement()
  })

  it('that the sidecar refuses are reported with a link; all others come in', async () => {
    const { tool, store } = rig
    const keys = Array.from({ length: 9 }, () => tool.addTask())
    const [wrongClass = '', wrongSize = '', impossible = '', ...fine] = keys
    const bridge = await rig.bridge()
    await bridge.poll()
    await store.noteImage({ digest: 'a'.repeat(64), bytes: 9, width: 8, height: 4 }, rig.http.now)
    const known = {
      taskKey: wrongSize,
      name: 'x',
      imageDigest: 'a'.repeat(64),
      state: 'open',
    } as const
    await store.putTasks(id, [known], rig.http.now)
    const mask = (runs: number[]) => ({ width: 4, height: 4, layers: [{ classId: 1, runs }] })
    tool.annotate(fine[0] ?? '')
    tool.annotate(wrongClass, { classId: 9 })
    tool.annotate(wrongSize, { mask: mask([0, 16]) })
    tool.annotate(impossible, { mask: mask([3, 99]) })
    for (const key of fine.slice(1)) tool.annotate(key)
    await bridge.poll()
    expect(await problems()).toEqual(
      [wrongClass, impossible, wrongSize].map((key) => `tool.label.${key}`).sort(),
    )
    const [first] = (await store.problems(id)).filter(({ key }) => key.endsWith(`.${wrongClass}`))
    expect(first).toMatchObject({ url: `http://tool.test/tasks/${wrongClass}` })
    expect(first?.sentence).toContain('no class 9')
    for (const key of fine) expect(await store.task(id, key)).toMatchObject({ label: 'labelled' })
    // The class is added in the tool: the label is taken although nobody touched it.
    const classes = [...tool.described.classes, { id: 9, name: 'other' }]
    tool.described = { ...tool.described, classes }
    await bridge.poll()
    expect(await store.task(id, wrongClass)).toMatchObject({ label: 'labelled' })
    expect(await problems()).not.toContain(`tool.label.${wrongClass}`)
  })

  it('of a task that came a moment ago wait for the task', async () => {
    const { tool } = rig
    tool.addTask()
    const bridge = await rig.bridge()
    await bridge.poll()
    const { changes } = tool
    tool.changes = async function* (cursor, signal) {
      tool.annotate(tool.addTask())
      tool.changes = changes
      yield* changes.call(tool, cursor, signal)
    }
    await bridge.poll()
    await bridge.poll()
    await expectAgreement()
  })
})
