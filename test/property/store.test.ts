import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import type { NewLabel } from '@suggestive/sidecar/ports/store'
import { openStore, type SqliteStore } from '@suggestive/sidecar/store/sqlite-store'
import fc from 'fast-check'
import { openFolder } from '../support/folders.ts'
import { digestOf, imageOf, labelOf, newProject, noteImageOf, taskOf } from '../support/store.ts'

jest.setTimeout(60_000)

const folder = openFolder()
let store: SqliteStore
let projects = 0
beforeAll(async () => {
  store = await openStore(`${folder.path}/a.db`)
  for (const image of ['x', 'y', 'z']) await noteImageOf(store, image)
})
afterAll(async () => {
  await store.check()
  await store.close()
  folder.remove()
})

/** Tasks a and b show one image, c another; d's image is not known. */
const imageByTask: Readonly<Record<string, string>> = { a: 'x', b: 'x', c: 'y' }
const tasks = ['a', 'b', 'c', 'd'].map((key) => {
  const image = imageByTask[key]
  const { imageDigest: _, ...task } = taskOf(key)
  return image === undefined ? task : { ...task, imageDigest: imageOf(image) }
})

const version = fc
  .record({
    task: fc.constantFrom('a', 'b', 'c', 'd'),
    annotation: fc.constantFrom('one', 'two'),
    number: fc.integer({ min: 0, max: 3 }),
    outcome: fc.constantFrom(
      'labelled' as const,
      'empty' as const,
      'skipped' as const,
      'deleted' as const,
    ),
    groundTruth: fc.boolean(),
    minute: fc.integer({ min: 0, max: 59 }),
    seconds: fc.option(fc.integer({ min: 0, max: 100 })),
  })
  .map(({ task, annotation, number, minute, ...rest }): NewLabel => {
    const externalId = `${task}/${annotation}`
    const finishedAt = new Date(minute * 60_000).toISOString()
    const identity = digestOf(JSON.stringify([externalId, number, minute, rest]))
    return labelOf(task, { ...rest, externalId, version: number, finishedAt, identity })
  })

const settings = fc.record({
  emptyMeans: fc.constantFrom('background' as const, 'unlabelled' as const),
  overlap: fc.constantFrom('newest' as const, 'majority' as const),
})

/** The same rules, without a database: from the whole history at once. */
function expected(
  history: readonly NewLabel[],
  { emptyMeans, overlap }: { emptyMeans: string; overlap: string },
) {
  const distinct = history.filter(
    (one, i) => history.findIndex(({ identity }) => identity === one.identity) === i,
  )
  const byUnit = (unit: readonly string[]) => {
    const newest = new Map<string, NewLabel>()
    for (const label of distinct.filter(({ taskKey }) => unit.includes(taskKey))) {
      const known = newest.get(label.externalId)
      if (known === undefined || label.version >= known.version) newest.set(label.externalId, label)
    }
    const all = [...newest.values()]
    const finished = all.filter(
      ({ outcome }) =>
        outcome === 'labelled' || (outcome === 'empty' && emptyMeans === 'background'),
    )
    const truth = finished.filter(({ groundTruth }) => groundTruth)
    const best = (truth.length > 0 ? truth : finished).toSorted(
      (p, q) =>
        Date.parse(q.finishedAt ?? '') - Date.parse(p.finishedAt ?? '') ||
        distinct.indexOf(q) - distinct.indexOf(p),
    )
    const counted = overlap === 'majority' ? best : best.slice(0, 1)
    const isSkipped = all.some(({ outcome }) => outcome === 'skipped')
    if (counted.length === 0) return { label: isSkipped ? 'skipped' : 'none', counted: [] }
    const isEmpty = counted.every(({ outcome }) => outcome === 'empty')
    return { label: isEmpty ? 'empty' : 'labelled', counted: isEmpty ? [] : counted }
  }
  const ab = byUnit(['a', 'b'])
  const c = byUnit(['c'])
  return { labels: [ab.label, ab.label, c.label, byUnit(['d']).label], x: ab, y: c, distinct }
}

it('any order of versions, repetitions included, ends in the verdicts, counts and costs of the rules', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(version, { maxLength: 14 }),
      fc.array(fc.nat(13), { maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      settings,
      fc.boolean(),
      async (versions, repeated, size, chosen, isLate) => {
        const id = `p${++projects}`
        await store.createProject(newProject(id), 1)
        if (!isLate) await store.changeProject(id, { settings: chosen }, 1)
        await store.putTasks(id, tasks, 1)
        const again = repeated.flatMap((i) => versions[i] ?? [])
        const history = [...versions, ...again]
        for (let i = 0; i < history.length; i += size) {
          await store.putLabels(id, history.slice(i, i + size), false, 10 + i)
        }
        if (isLate) await store.changeProject(id, { settings: chosen }, 100)

        const model = expected(history, chosen)
        const { items } = await store.tasks(id, { limit: 10 })
        expect(items.map(({ label }) => label)).toEqual(model.labels)
        const counts = (await store.project(id))?.counts
        const count = (...labels: string[]) =>
          model.labels.filter((label) => labels.includes(label)).length
        expect(counts).toMatchObject({
          labelled: count('labelled', 'empty'),
          empty: count('empty'),
          skipped: count('skipped'),
        })
        expect((await store.labels(id, { limit: 100 })).items).toHaveLength(model.distinct.length)

        const charged = new Set(
          model.distinct
            .filter(({ outcome }) => outcome === 'labelled' || outcome === 'empty')
            .map(({ taskKey }) => imageByTask[taskKey] ?? taskKey),
        )
        const totals = new Map<string, number>()
        for (const { externalId, seconds } of model.distinct) {
          totals.set(externalId, Math.max(totals.get(externalId) ?? 0, seconds ?? 0))
        }
        const seconds = [...totals.values()].reduce((sum, total) => sum + total, 0)
        expect(await store.budget(id)).toMatchObject({
          images: charged.size,
          pixels: 16 * charged.size,
          annotationSeconds: seconds,
        })
        const pool = (await store.pool(id, 3)).map(({ imageDigest }) => imageDigest)
        const open = (['x', 'y'] as const).filter((image) =>
          ['none', 'skipped'].includes(model[image].label),
        )
        expect(pool).toEqual(open.map(imageOf).toSorted())

        const usable = (['x', 'y'] as const).filter((image) => !open.includes(image))
        expect((await store.roundInputs(id)).labelled).toBe(usable.length)
        if (usable.length < 2) return
        const start = { reason: 'request', members: 4, seed: 1 } as const
        const { number } = await store.startRound(id, start, 200)
        const identities = new Map(
          (await store.labels(id, { limit: 100 })).items.map((label) => [label.id, label.identity]),
        )
        for (const { imageDigest, labels } of await store.snapshot(id, number)) {
          const image = imageDigest === imageOf('x') ? 'x' : 'y'
          const trained = labels.map((label) => identities.get(label))
          const wanted = model[image].counted.map(({ identity }) => identity)
          expect(trained.toSorted()).toEqual(wanted.toSorted())
        }
        expect((await store.roundInputs(id)).fresh).toBe(0)
      },
    ),
    { numRuns: 60, seed: 4 },
  ))
