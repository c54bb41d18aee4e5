import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { pack, unpack } from '@suggestive/sidecar/domain/packed-mask'
import { type IntakeThread, openIntake } from '@suggestive/sidecar/intake/client'
import { localIntake } from '@suggestive/sidecar/intake/local'
import type { Intake } from '@suggestive/sidecar/ports/intake'
import { newLabel, newMask, newTask } from '../support/http-data.ts'
import { problemOf } from '../support/problems.ts'

const scope = { project: 'p', tool: 'cvat', classIds: [1] }
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const many = (count: number) => Array.from({ length: count }, (_, i) => newTask(String(i + 1)))

let thread: IntakeThread
beforeAll(async () => {
  thread = await openIntake()
})
afterAll(() => thread.close())

async function all<Item>(slices: AsyncIterable<readonly Item[]>) {
  const lengths: number[] = []
  const items: Item[] = []
  for await (const slice of slices) {
    lengths.push(slice.length)
    items.push(...slice)
  }
  return { lengths, items }
}

/** Large enough for the thread. */
const padded = (labels: object[]) => [
  ...labels,
  newLabel('9', { annotator: 'x'.repeat(200) }),
  ...Array.from({ length: 400 }, (_, i) =>
    newLabel('9', { externalId: `${i}-${'y'.repeat(150)}` }),
  ),
]

describe.each<[string, () => Intake, (labels: object[]) => object[]]>([
  ['on the caller', () => localIntake, (labels) => labels],
  ['in its thread', () => thread.intake, padded],
])('the intake %s', (_, intake, fill) => {
  it('hands tasks out in slices, in order', async () => {
    const { lengths, items } = await all(await intake().tasks(bytesOf({ tasks: many(1100) })))
    expect(lengths).toEqual([200, 200, 200, 200, 200, 100])
    expect(items.map(({ taskKey }) => taskKey)).toEqual(many(1100).map(({ taskKey }) => taskKey))
    expect(items[0]).toMatchObject({ state: 'open' })
  })

  it('packs masks', async () => {
    const labels = fill([newLabel('1'), newLabel('2', { outcome: 'empty', mask: undefined })])
    const read = await intake().labels(bytesOf({ labels, beforeConnection: true }), scope)
    expect(read.beforeConnection).toBe(true)
    const { items } = await all(read.slices)
    expect(items[0]).toMatchObject({ taskKey: '1', pixels: 32, groundTruth: false })
    expect(unpack(items[0]?.mask ?? new Uint8Array())).toEqual(newMask(5))
    expect([items[1]?.mask, items[1]?.pixels]).toEqual([undefined, 0])
  })

  it('writes masks as JSON, however many runs they have', async () => {
    for (const count of [1, 100_000]) {
      const runs = Array.from({ length: 2 * count }, () => 1)
      const mask = { width: 2 * count, height: 1, layers: [{ classId: 1, runs }] }
      const text = await intake().maskText(pack(mask))
      expect(JSON.parse(new TextDecoder().decode(text))).toEqual(mask)
    }
  })

  it('gives equal content equal identities, whatever counts up', async () => {
    const same = { version: 7, finishedAt: '2026-01-01T00:00:00Z' }
    const empty = { classId: 1, runs: [0, 5, 27] }
    const others = [
      { externalId: 'other' },
      { taskKey: '2' },
      { annotator: 'bob' },
      { seconds: 13 },
      { groundTruth: true },
      { prelabel: { modelDigest: 'a'.repeat(64), use: 'edited' } },
      { mask: newMask(6) },
      { mask: { width: 4, height: 8, layers: [empty] } },
    ]
    const labels = fill([{}, same, ...others].map((more) => newLabel('1', more)))
    const read = await intake().labels(bytesOf({ labels }), scope)
    const { items } = await all(read.slices)
    const ids = items.slice(0, 2 + others.length).map(({ identity }) => identity)
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(ids[1]).toBe(ids[0])
    expect(new Set(ids).size).toBe(1 + others.length)
    const elsewhere = await intake().labels(bytesOf({ labels }), { ...scope, project: 'q' })
    expect((await all(elsewhere.slices)).items[0]?.identity).not.toBe(ids[0])
  })

  it('names every faulty mask before anything is handed out', async () => {
    const wrong = { mask: { width: 8, height: 4, layers: [{ classId: 1, runs: [0, 99] }] } }
    const labels = fill([
      newLabel('1'),
      newLabel('2', wrong),
      newLabel('3', { mask: newMask(1, 5) }),
    ])
    const failing = intake().labels(bytesOf({ labels }), scope)
    await expect(failing).rejects.toMatchObject({
      kind: 'wrong-use',
      errors: [
        { pointer: '/labels/1/mask/layers/0/runs/1', detail: expect.stringContaining('Layer 1') },
        { pointer: '/labels/2/mask/layers/0/classId', detail: expect.stringContaining('class 5') },
      ],
    })
  })

  it('refuses other text than JSON in UTF-8', async () => {
    const latin = Uint8Array.from([0x22, 0xe4, 0x22])
    expect(await problemOf('wrong-use', () => intake().tasks(latin))).toContain('UTF-8')
    const text = new TextEncoder().encode(`{"tasks": [${' '.repeat(70_000)}`)
    expect(await problemOf('wrong-use', () => intake().tasks(text))).toContain('ends too early')
  })

  it('refuses more items than one request may have, with few errors for many faults', async () => {
    const tasks = many(10_001)
    expect(await problemOf('wrong-use', () => intake().tasks(bytesOf({ tasks })))).toContain(
      '/tasks',
    )
    const wrong = many(500).map((task) => ({ ...task, name: 5 }))
    await expect(intake().tasks(bytesOf({ tasks: wrong }))).rejects.toMatchObject({
      errors: { length: 100 },
      message: expect.stringContaining('at least 99 more'),
    })
  })
})

describe('bodies that are made to cost', () => {
  it.each([
    ['items', `{"labels": [${'{},'.repeat(1_300_000)}{}]}`],
    ['commas in texts', `{"labels": [${'{"a":"\\",{"},'.repeat(300_000)}{}]}`],
  ])('are refused before their %s become objects', async (_, text) => {
    const body = new TextEncoder().encode(text)
    const before = process.memoryUsage().heapUsed
    const sentence = await problemOf('wrong-use', () => localIntake.labels(body, scope))
    expect(sentence).toContain('10000')
    expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(40)
  })

  it('are refused for what is deep inside, too', async () => {
    const nested = new TextEncoder().encode(`{"labels": [[${'{},'.repeat(1_100_000)}{}]]}`)
    expect(await problemOf('wrong-use', () => thread.intake.labels(nested, scope))).toContain(
      '1000000 lists and objects',
    )
  })

  it('are not taken for others: items are counted, not what is inside', async () => {
    const text = JSON.stringify({ tasks: many(2), a: { b: Array(20_000).fill([]) } })
    const body = new TextEncoder().encode(text.padEnd(1_100_000))
    expect(await problemOf('wrong-use', () => localIntake.tasks(body))).toContain('a')
    const runs = Array.from({ length: 400_000 }, () => 1)
    const mask = { width: 1000, height: 400, layers: [{ classId: 1, runs: [0, ...runs] }] }
    const labels = bytesOf({ labels: [newLabel('1', { mask })] }).slice()
    const padded = new Uint8Array(1_100_000).fill(0x20)
    padded.set(labels)
    const read = await localIntake.labels(padded, scope)
    expect((await all(read.slices)).items).toHaveLength(1)
  })
})

describe('the intake thread', () => {
  it('that died fails who waits for it, and the next body starts another one', async () => {
    const exits: string[] = []
    const mortal = await openIntake({ onExit: ({ message }) => exits.push(message) })
    const body = () => bytesOf({ tasks: many(1100) })
    const pending = mortal.intake.tasks(body())
    const failing = problemOf('internal', () => pending)
    await mortal.kill()
    expect(await failing).toContain('send the request again')
    expect(exits).toHaveLength(1)
    expect((await all(await mortal.intake.tasks(body()))).items).toHaveLength(1100)
    await mortal.close()
  })

  it('forgets a body that is not read to its end', async () => {
    const slices = await thread.intake.tasks(bytesOf({ tasks: many(1500) }))
    for await (const slice of slices) {
      expect(slice.length).toBe(200)
      break
    }
    expect((await all(slices)).items).toEqual([])
  })
})
