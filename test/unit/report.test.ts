/** What a replay leaves behind: figures that can be recomputed, and a page that needs nothing else. */
import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { writeReplay } from '@suggestive/sidecar/app/replay/output'
import type { ReplayResult } from '@suggestive/sidecar/app/replay/result'
import { reportPage } from '@suggestive/sidecar/app/report'
import { niceScale, tightScale } from '@suggestive/sidecar/app/report/scale'
import { thumbnail } from '@suggestive/sidecar/app/report/thumbnail'
import { decodePicture } from '@suggestive/sidecar/images'
import { createMemoryArchive } from '../fakes/memory-archive.ts'
import { replaySmall, smallRequest, square } from '../support/replay.ts'

jest.setTimeout(60_000)

const versions = { product: '0.0.0', node: '20.0.0' }
const archive = createMemoryArchive()
let result: ReplayResult
let page = ''

beforeAll(async () => {
  const replayed = await replaySmall(smallRequest({ seeds: 2 }), { archive })
  result = await writeReplay(replayed, versions, archive, () => undefined)
  page = archive.files.get('report.html') ?? ''
})

/** Rows of `curve.csv`. */
const table = () => {
  const [head = '', ...lines] = (archive.files.get('curve.csv') ?? '').trim().split('\n')
  const names = head.split(',')
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, i) => [names[i] ?? '', cell])),
  )
}

/** Base64 may spell anything. */
const withoutPictures = (text: string) => text.replace(/data:image[^"]*/g, '')

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length

describe('result.json', () => {
  it('is what was returned', () => {
    expect(JSON.parse(archive.files.get('result.json') ?? '')).toEqual(
      JSON.parse(JSON.stringify(result)),
    )
  })

  it('agrees with curve.csv at every budget, in the area and in the differences', () => {
    const rows = table()
    const perSeed = (strategy: string, of: (own: typeof rows) => number) =>
      [1, 2].map((seed) =>
        of(rows.filter((row) => row['strategy'] === strategy && row['seed'] === String(seed))),
      )
    const atBudget = (budget: number) => (own: typeof rows) =>
      Number(own.find((row) => Number(row['fraction']) >= budget)?.['dice'])
    for (const { budget, strategies, comparisons } of result.budgets) {
      for (const strategy of result.settings.strategies) {
        const dice = perSeed(strategy, atBudget(budget))
        const { mean: found, low, high, n } = strategies[strategy]?.perImage.dice ?? {}
        expect(found).toBeCloseTo(mean(dice), 5)
        expect([low, high].map((end) => end?.toFixed(4))).toEqual([
          Math.min(...dice).toFixed(4),
          Math.max(...dice).toFixed(4),
        ])
        expect(n).toBe(2)
      }
      const [first] = comparisons.dice
      expect(first).toMatchObject({ strategy: 'suggestive', against: 'random' })
      const [a, b] = ['suggestive', 'random'].map((name) => perSeed(name, atBudget(budget)))
      expect(first?.difference.mean).toBeCloseTo(mean(a ?? []) - mean(b ?? []), 5)
      expect(first?.difference.verdict).toBe('no difference shown')
    }
    const area = perSeed('random', (own) => {
      const [x, y] = [own.map((r) => Number(r['fraction'])), own.map((r) => Number(r['dice']))]
      const parts = x.slice(1).map((right, i) => {
        return ((right - (x[i] ?? 0)) * ((y[i] ?? 0) + (y[i + 1] ?? 0))) / 2
      })
      return parts.reduce((sum, part) => sum + part, 0) / ((x.at(-1) ?? 0) - (x[0] ?? 0))
    })
    expect(result.area.strategies.random?.perImage.dice.mean).toBeCloseTo(mean(area), 4)
    expect(result.reference?.perImage.dice.mean).toBeCloseTo(
      mean(rows.filter((row) => row['strategy'] === 'all').map((row) => Number(row['dice']))),
      5,
    )
  })

  it('counts the kinds among the annotated images and scores each kind', () => {
    const kindOf = new Map(result.pool.images.map(({ name, kind }) => [name, kind]))
    const [budget] = result.budgets
    const counts = result.seeds.map((seed) => {
      const own = result.rounds.filter(
        ({ stage, seed: of }) => of === seed && (stage === 'initial' || stage === 'suggestive'),
      )
      const upTo = own.filter(
        ({ round }) => round <= (own.find((r) => r.fraction >= 0.25)?.round ?? 0),
      )
      return new Set(upTo.flatMap(({ added }) => added.map((name) => kindOf.get(name)))).size
    })
    expect(budget?.kinds?.strategies.suggestive?.mean).toBe(mean(counts))
    expect(result.pool.kinds).toBe(3)

    const all = result.kindScores.at(-1)
    expect(all).toMatchObject({ kind: 'all', images: 6 })
    expect(all?.reference).toBeCloseTo(result.reference?.perImage.dice.mean ?? 0, 12)
    const kinds = result.kindScores.slice(0, -1)
    expect(kinds.reduce((sum, { images }) => sum + images, 0)).toBe(6)
    const weighted = kinds.reduce(
      (sum, { images, reference }) => sum + images * (reference ?? 0),
      0,
    )
    expect(weighted / 6).toBeCloseTo(all?.reference ?? 0, 12)
    for (const { otsu } of kinds) expect(otsu?.dice).toBeGreaterThan(0)
  })
})

describe('report.html', () => {
  it('needs no network and no script', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(page).not.toMatch(/<script|<link|<iframe|https?:\/\/|@import|url\(/i)
    const sources = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '')
    expect(sources.length).toBeGreaterThan(10)
    for (const source of sources) expect(source).toMatch(/^(#i-|data:image\/png;base64,)/)
  })

  it('refers only to what it contains, and ids are unique', () => {
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1] ?? '')
    expect(new Set(ids).size).toBe(ids.length)
    const wanted = [
      ...[...page.matchAll(/href="#([^"]*)"/g)].map((match) => match[1] ?? ''),
      ...[...page.matchAll(/aria-labelledby="([^"]*)"/g)].flatMap((m) => (m[1] ?? '').split(' ')),
    ]
    for (const id of wanted) expect(ids).toContain(id)
  })

  it('is well formed', () => {
    const open: string[] = []
    const empty = new Set([
      'meta',
      'line',
      'rect',
      'circle',
      'polygon',
      'polyline',
      'image',
      'use',
      'br',
    ])
    for (const [, close, name = '', rest = ''] of page.matchAll(
      /<(\/?)([a-z][a-z0-9]*)([^>]*)>/g,
    )) {
      if (close) expect(open.pop()).toBe(name)
      else if (!empty.has(name) && !rest.endsWith('/')) open.push(name)
    }
    expect(open).toEqual([])
    expect(withoutPictures(page)).not.toMatch(/NaN|undefined|Infinity|\[object/)
  })

  it('gives every chart a name, a description and a table with the same numbers', () => {
    const figures = page.split('<figure>').slice(1)
    expect(figures).toHaveLength(6)
    for (const one of figures) {
      expect(one).toMatch(/role="img" aria-labelledby="[^"]+"><?\n?<title/)
      expect(one).toMatch(/<desc id="[^"]+">[^<]+<\/desc>/)
      expect(one).toMatch(/<details><summary>Show the numbers<\/summary>.*<table>/s)
    }
    for (const { strategies } of result.budgets) {
      const dice = strategies.suggestive?.perImage.dice.mean.toFixed(3) ?? 'none'
      expect(figures[0]).toContain(`<td>${dice}`)
    }
  })

  it('claims nothing that is not shown', () => {
    expect(page).toContain(
      'No difference between the strategies is shown (n = 2; a claim needs at least 5 seeds).',
    )
    expect(page).not.toMatch(/is better than|is worse than/)
  })

  it('shows names as text, whatever is in them', () => {
    const hostile = `<img src=x onerror="alert('1')">`
    const [first, ...rest] = result.test.images
    const images = first ? [{ ...first, name: hostile, kind: hostile }, ...rest] : rest
    const html = reportPage({ ...result, test: { images } }, new Map())
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;')
  })
})

describe('several classes', () => {
  it('are scored one by one, without a threshold to compare with', async () => {
    const request = smallRequest({ strategies: ['random'], budgets: [0.25] })
    const classes = (sources: typeof request.pool) =>
      sources.map((source) => ({
        ...source,
        async readMask() {
          const mask = await source.readMask()
          return source.kind === 'red on grey'
            ? { ...mask, data: mask.data.map((value) => 2 * value) }
            : mask
        },
      }))
    const archive = createMemoryArchive()
    const replayed = await replaySmall({
      ...request,
      pool: classes(request.pool),
      test: classes(request.test),
      classValues: [0, 3, 7],
    })
    const { kindScores, rounds } = await writeReplay(replayed, versions, archive, () => undefined)
    expect(kindScores.every(({ otsu }) => otsu === null)).toBe(true)
    for (const { classes: own } of rounds) expect(own.map(({ index }) => index)).toEqual([1, 2])
    const [measured, reference] = rounds.slice(-2)
    const cell = (round: typeof measured, c: number) => round?.classes[c]?.perImage.dice.toFixed(3)
    expect(archive.files.get('report.html')).toContain(
      `<th scope="row">7</th><td>${cell(measured, 1)}</td><td>${cell(reference, 1)}</td>`,
    )
    expect(archive.files.get('report.html')).not.toContain('Otsu')
  })
})

describe('thumbnail', () => {
  it('is a PNG of the middle square', async () => {
    const { picture } = square(1)
    const side = 56
    const wide = {
      width: 3 * side,
      height: side,
      channels: 1,
      data: Uint16Array.from({ length: 3 * side ** 2 }, (_, i) => {
        const x = i % (3 * side)
        return x >= 1.5 * side ? 900 : 100
      }),
    } as const
    const bytes = (uri: string) => Buffer.from(uri.replace('data:image/png;base64,', ''), 'base64')
    const small = await decodePicture(bytes(thumbnail(picture)), 'small.png')
    expect([small.width, small.height, small.channels]).toEqual([56, 56, 3])
    const { data } = await decodePicture(bytes(thumbnail(wide)), 'wide.png')
    const row = Array.from({ length: 56 }, (_, x) => data[3 * (20 * 56 + x)])
    expect(row).toEqual([...Array(28).fill(0), ...Array(28).fill(255)])
  })
})

describe('scales', () => {
  it('have round ends and ticks', () => {
    expect(niceScale([0.432, 0.871], 5)).toEqual({
      min: 0.4,
      max: 0.9,
      ticks: [0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
      decimals: 1,
    })
    expect(niceScale([3, 97], 5).ticks).toEqual([0, 20, 40, 60, 80, 100])
    expect(niceScale([0.7, 0.7], 4).max).toBeGreaterThan(0.7)
    expect(tightScale([0, 0.31], 5)).toMatchObject({ max: 0.31, ticks: [0, 0.1, 0.2, 0.3] })
  })
})
