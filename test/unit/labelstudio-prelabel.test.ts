import { describe, expect, it } from '@jest/globals'
import { labelOf } from '@suggestive/plugin-labelstudio/codec'
import type { Configuration } from '@suggestive/plugin-labelstudio/codec/configuration'
import { prelabelFrom } from '@suggestive/plugin-labelstudio/codec/prelabel'
import { decodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-decode'
import { encodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-encode'
import { runsOf } from '@suggestive/shared/mask'
import type { RunMask } from '@suggestive/shared/protocol/label'
import { goldenJson } from '../support/golden.ts'
import { problemOf } from '../support/problems.ts'
import { referenceDecode } from '../support/rle-reference.ts'

interface Recordings {
  readonly predictions: Record<
    'brush_hard' | 'brush_soft_probability',
    { result: RecordedRegion[] }
  >
}
interface RecordedRegion {
  readonly value: { readonly rle: readonly number[] }
}

const { predictions } = goldenJson<Recordings>('label-studio/recordings.json')
const both = ['Gland', 'Lymph']
const configuration: Configuration = {
  image: 'image',
  dataKey: 'image',
  classes: both.map((name, i) => ({ id: i + 1, name })),
  controls: [
    { name: 'tag', shape: 'brush', labels: both },
    { name: 'poly', shape: 'polygon', labels: both },
  ],
  leftOut: [],
}
const options = {
  shape: 'auto',
  isGraded: false,
  probabilities: new Map(),
  scores: new Map<number, number>(),
  lines: [],
  idPrefix: 'sa-r7',
} as const

function masked(width: number, height: number, classAt: (x: number, y: number) => number) {
  const data = Uint8Array.from({ length: width * height }, (_, i) =>
    classAt(i % width, Math.floor(i / width)),
  )
  return runsOf({ width, height, data })
}

/** A ring of Gland round a square of Lymph, and a lone Gland square. */
const mask = masked(60, 40, (x, y) => {
  if (x >= 50 && y >= 30) return 1
  const far = Math.max(Math.abs(x - 20), Math.abs(y - 20))
  if (far < 6) return 2
  return far < 15 ? 1 : 0
})

/** As the annotator would submit it. */
const submitted = (result: readonly object[]) =>
  labelOf(
    {
      id: 1,
      result,
      created_at: '2026-11-23T13:31:26.318901Z',
      updated_at: '2026-11-23T13:31:26.318901Z',
    },
    { taskKey: '1', configuration, predictions: [], modelDigestOf: () => undefined },
  ).label.mask

const value = (region: { readonly value: Readonly<Record<string, unknown>> } | undefined) =>
  region?.value ?? {}

describe('brush pre-labels', () => {
  it('are the recorded prediction, region by region', () => {
    const [recorded] = predictions.brush_hard.result
    const rle = recorded?.value.rle ?? []
    const runs = decodeBrush(rle, 160, 120)
    const one = { width: 160, height: 120, layers: [{ classId: 1, runs }] }
    const { result, notes } = prelabelFrom(one, configuration, options)
    expect(notes).toEqual([])
    const { score: _, ...frame } = { score: 0, ...recorded }
    expect(result).toEqual([{ ...frame, id: 'sa-r7-1' }])
  })

  it('are the recorded graded prediction within half a step', () => {
    const rle = predictions.brush_soft_probability.result[0]?.value.rle ?? []
    const alpha = referenceDecode([...rle])
    const data = Uint8Array.from(alpha)
    const one = masked(160, 120, (x, y) => Number((data[y * 160 + x] ?? 0) > 127))
    const graded = {
      ...options,
      isGraded: true,
      probabilities: new Map([[1, { width: 160, height: 120, data }]]),
    }
    const { result } = prelabelFrom(one, configuration, graded)
    const sent = value(result[0])['rle']
    expect(decodeBrush(sent, 160, 120)).toEqual(decodeBrush(rle, 160, 120))
    const levels = referenceDecode(Array.isArray(sent) ? sent : [])
    expect(levels.every((level, i) => Math.abs(level - (alpha[i] ?? 0)) <= 8.5)).toBe(true)
  })

  it('have one region for each class, and give the mask back', () => {
    const { result } = prelabelFrom(mask, configuration, options)
    expect(result.map(({ id, type, from_name }) => [id, type, from_name])).toEqual([
      ['sa-r7-1', 'brushlabels', 'tag'],
      ['sa-r7-2', 'brushlabels', 'tag'],
    ])
    expect(submitted(result)).toEqual(mask)
    expect(prelabelFrom(mask, configuration, options)).toEqual({ result, notes: [] })
  })

  it('carry the mean probability inside, and the lines once', () => {
    const data = Uint16Array.from({ length: 2400 }, () => 65_535 * 0.25)
    const [first] = mask.layers
    const inside = first?.runs[0] ?? 0
    data[inside] = 65_535
    const probabilities = new Map([[1, { width: 60, height: 40, data }]])
    const scores = new Map([
      [1, 0.1],
      [2, 0.87654],
    ])
    const lines = ['rank 3 of round 7: members disagree', 'http://localhost/task']
    const { result } = prelabelFrom(mask, configuration, {
      ...options,
      lines,
      probabilities,
      scores,
    })
    const pixels = (first?.runs ?? []).reduce((sum, run, i) => sum + (i % 2) * run, 0)
    expect(result[0]?.score).toBeCloseTo((1 + 0.25 * (pixels - 1)) / pixels, 4)
    expect(result[0]?.meta).toEqual({ text: lines })
    expect(result[1]).not.toHaveProperty('meta')
    expect(result[1]?.score).toBe(0.8765)
  })

  it('are hard where the map would be too heavy, and say so', () => {
    const data = Uint8Array.from({ length: 512 * 512 }, (_, i) => (i * 97) % 256)
    const one = masked(512, 512, (x) => Number(x < 100))
    const probabilities = new Map([[1, { width: 512, height: 512, data }]])
    const graded = { ...options, isGraded: true, probabilities }
    const { result, notes } = prelabelFrom(one, configuration, graded)
    expect(value(result[0])['rle']).toEqual([...encodeBrush(one.layers[0]?.runs ?? [])])
    expect(notes).toEqual([expect.stringMatching(/^The map of "Gland" would have \d+ bytes/)])
  })

  it('that are noise are left out, and say so', () => {
    const noise = masked(2000, 1000, (x, y) => (x + y) % 2)
    const { result, notes } = prelabelFrom(noise, configuration, options)
    expect(result).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/^The mask of "Gland" was left out/)])
  })

  it('of more classes than the editor bears are the largest ones', () => {
    const names = Array.from({ length: 60 }, (_, i) => `Class ${i + 1}`)
    const classes = names.map((name, i) => ({ id: i + 1, name }))
    const controls = [{ name: 'tag', shape: 'brush', labels: names }] as const
    const many = masked(60, 60, (x, y) => (y <= x ? x + 1 : 0))
    const { result, notes } = prelabelFrom(many, { ...configuration, classes, controls }, options)
    expect(result.map(({ id }) => id)).toEqual(names.slice(10).map((_, i) => `sa-r7-${i + 11}`))
    expect(notes.length).toBe(10)
    expect(notes[0]).toBe('The class "Class 1" was left out: 50 masks are shown.')
  })
})

describe('polygon pre-labels', () => {
  const polygons = { ...options, shape: 'polygon' } as const

  it('have one region for each part, holes included, and give the mask back', () => {
    const { result, notes } = prelabelFrom(mask, configuration, polygons)
    expect(result.map(({ id, from_name, type }) => [id, from_name, type])).toEqual([
      ['sa-r7-1-1', 'poly', 'polygonlabels'],
      ['sa-r7-1-2', 'poly', 'polygonlabels'],
      ['sa-r7-2-1', 'poly', 'polygonlabels'],
    ])
    expect(notes).toEqual([])
    expect(submitted(result)).toEqual(mask)
    const points = [value(result[0])['points']].flat(3)
    expect(points.every((n) => typeof n === 'number' && n >= 0 && n <= 100)).toBe(true)
  })

  it('show the largest hundred, and say so', () => {
    const dots = masked(90, 60, (x, y) => {
      const isLarge = x < 30
      return Number(x % 6 < (isLarge ? 4 : 2) && y % 6 < 2)
    })
    const { result, notes } = prelabelFrom(dots, configuration, polygons)
    expect(result.length).toBe(100)
    expect(notes).toEqual([expect.stringContaining('the 100 largest of 150 parts')])
    expect(submitted(result)?.layers[0]?.runs.slice(0, 4)).toEqual([0, 4, 2, 4])
  })

  it('are coarsened to the most points, and say so', () => {
    const frayed = masked(400, 400, (x, y) => Number(y < 100 + (x % 2) * 250))
    const { result, notes } = prelabelFrom(frayed, configuration, polygons)
    const points = value(result[0])['points']
    expect(Array.isArray(points) ? points.length : 0).toBeLessThanOrEqual(400)
    expect(notes).toEqual([expect.stringMatching(/^A part of "Gland" was coarsened to 400 points/)])
  })

  it('have the mean probability of their own part', () => {
    const data = Uint8Array.from({ length: 2400 }, (_, i) => (i % 60 >= 50 ? 204 : 153))
    const probabilities = new Map([[1, { width: 60, height: 40, data }]])
    const { result } = prelabelFrom(mask, configuration, { ...polygons, probabilities })
    expect(result.map(({ score }) => score)).toEqual([0.6, 0.8, undefined])
  })
})

describe('pre-labels', () => {
  const only = (shape: 'rectangle' | 'polygon'): Configuration => ({
    ...configuration,
    controls: [{ name: 'x', shape, labels: ['Gland'] }],
  })

  it('are polygons where no brush has the label', () => {
    const { result, notes } = prelabelFrom(mask, only('polygon'), options)
    expect(new Set(result.map(({ type }) => type))).toEqual(new Set(['polygonlabels']))
    expect(notes).toEqual([
      'The class "Lymph" has no control for brush masks or polygons: left out.',
    ])
  })

  it('are none where only boxes are drawn', () => {
    expect(prelabelFrom(mask, only('rectangle'), options).result).toEqual([])
    const brush = { ...options, shape: 'brush' } as const
    expect(prelabelFrom(mask, only('polygon'), brush).notes[0]).toBe(
      'The class "Gland" has no control for brush regions: left out.',
    )
  })

  it('of nothing are nothing', () => {
    const nothing: RunMask = { width: 5, height: 5, layers: [] }
    expect(prelabelFrom(nothing, configuration, options)).toEqual({ result: [], notes: [] })
  })

  it('need maps of the size of the mask', async () => {
    const map = { width: 5, height: 5, data: new Uint8Array(25) }
    const wrong = { ...options, probabilities: new Map([[1, map]]) }
    const make = () => prelabelFrom(mask, configuration, wrong)
    expect(await problemOf('wrong-use', make)).toContain('25 values, but the mask has 2400')
  })
})
