/** The whole protocol on a small data set with an engine that has no networks. */
import { describe, expect, it, jest } from '@jest/globals'
import type { Replayed } from '@suggestive/sidecar/app/replay'
import { curvesOf, curveTable, revealedAt, roundAt } from '@suggestive/sidecar/app/replay/curve'
import type { ReplayEvent } from '@suggestive/sidecar/app/replay/events'
import { figuresOf, scoreImage } from '@suggestive/sidecar/app/replay/figures'
import { initialRows } from '@suggestive/sidecar/app/replay/protocol'
import type { Engine } from '@suggestive/sidecar/ports'
import { createMemoryArchive } from '../fakes/memory-archive.ts'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { problemOf } from '../support/problems.ts'
import { replaySmall, smallRequest } from '../support/replay.ts'

jest.setTimeout(60_000)

const curves = ({ records, options }: Replayed) =>
  curvesOf(
    records,
    options.strategies,
    Array.from({ length: options.seeds }, (_, i) => i + 1),
  )

/** Everything but the time that it took. */
const withoutTimes = ({ records }: Replayed) => records.map(({ seconds: _, ...rest }) => rest)

describe('replay', () => {
  it('spends each budget with its last image, starts alike, and reveals nothing twice', async () => {
    const replayed = await replaySmall(smallRequest({ seeds: 2 }))
    const total = replayed.pixels.reduce((sum, n) => sum + n, 0)
    expect(curves(replayed)).toHaveLength(8)
    for (const curve of curves(replayed)) {
      const [first, ...later] = curve.rounds
      expect(first?.added).toEqual(initialRows(24, 3, curve.seed))
      const all = curve.rounds.flatMap(({ added }) => added)
      expect(new Set(all).size).toBe(all.length)
      for (const { added } of later) expect(added.length).toBeLessThanOrEqual(3)
      for (const budget of [0.25, 0.5]) {
        const round = roundAt(curve, budget)
        const rows = revealedAt(curve, round)
        const pixels = rows.reduce((sum, row) => sum + (replayed.pixels[row] ?? 0), 0)
        const beforeLast = pixels - (replayed.pixels[rows.at(-1) ?? 0] ?? 0)
        expect([round.pixels, round.fraction, round.images]).toEqual([
          pixels,
          pixels / total,
          rows.length,
        ])
        expect(pixels / total).toBeGreaterThanOrEqual(budget)
        expect(beforeLast / total).toBeLessThan(budget)
      }
      expect(curve.rounds.at(-1)).toBe(roundAt(curve, 0.5))
    }
  })

  it('trains the first ensemble of a seed once and measures what it says', async () => {
    const trained: number[] = []
    const engine = createPixelEngine()
    const counting: Engine = {
      ...engine,
      train: (request, on, signal) => {
        trained.push(request.images.length)
        return engine.train(request, on, signal)
      },
    }
    const request = smallRequest({ strategies: ['suggestive', 'uncertainty'] })
    const { records, pool, test, options } = await replaySmall(request, { engine: counting })
    expect(trained).toEqual(records.map(({ images }) => images))
    expect(trained.filter((images) => images === 3)).toHaveLength(1)
    expect(records.at(-1)).toMatchObject({ stage: 'reference', images: 24, fraction: 1 })

    const { signal } = new AbortController()
    const images = initialRows(24, 3, 1).flatMap((row) => pool[row] ?? [])
    const first = { images, settings: options.settings, classValues: [0, 255], seed: 1, round: 0 }
    const model = await engine.train(first, () => undefined, signal)
    const scores = await Promise.all(
      test.map(async (source) => {
        const { mask } = await engine.predict(model, await source.readPicture(), signal)
        return scoreImage(mask, await source.readMask(), 2)
      }),
    )
    expect(records[0]?.model).toBe(model.digest)
    expect(records[0]?.figures).toEqual(figuresOf(scores))
  })

  it('suggests the images of the uncertainty query when K = k', async () => {
    const strategies = ['suggestive', 'uncertainty'] as const
    const request = smallRequest({ strategies, candidates: 3, reference: false })
    const [suggestive, uncertainty] = curves(await replaySmall(request))
    const first = (curve: typeof suggestive) => new Set(curve?.rounds[1]?.added)
    expect(first(suggestive).size).toBe(3)
    expect(first(suggestive)).toEqual(first(uncertainty))
  })

  it('chooses the most uncertain images of the ensemble before', async () => {
    const engine = createPixelEngine()
    const { signal } = new AbortController()
    const request = smallRequest({ strategies: ['uncertainty'], reference: false })
    const { records, pool, options } = await replaySmall(request)
    const revealed = new Set(records[0]?.added)
    const model = await engine.train(
      {
        images: [...revealed].flatMap((row) => pool[row] ?? []),
        settings: options.settings,
        classValues: [0, 255],
        seed: 1,
        round: 0,
      },
      () => undefined,
      signal,
    )
    const scored = await Promise.all(
      [...pool.keys()]
        .filter((row) => !revealed.has(row))
        .map(async (row) => {
          const picture = await pool[row]?.readPicture()
          if (!picture) throw new Error('no picture')
          return { row, uncertainty: (await engine.predict(model, picture, signal)).uncertainty }
        }),
    )
    const wanted = scored.sort((a, b) => b.uncertainty - a.uncertainty).map(({ row }) => row)
    expect(records[1]?.added).toEqual(wanted.slice(0, records[1]?.added.length))
  })

  it('measures budgets that the initial set already reaches with the first ensemble', async () => {
    const request = smallRequest({ budgets: [0.05, 0.1], reference: false })
    const replayed = await replaySmall(request)
    expect(replayed.records.map(({ stage }) => stage)).toEqual(['initial'])
    for (const curve of curves(replayed)) {
      expect(roundAt(curve, 0.1)).toBe(replayed.records[0])
    }
  })

  it('can annotate the whole pool', async () => {
    const request = smallRequest({ strategies: ['suggestive'], budgets: [1], k: 6, initial: 6 })
    const { records } = await replaySmall(request)
    expect(records.map(({ images }) => images)).toEqual([6, 12, 18, 24, 24])
  })

  it('says what it plans and does, and how much is left', async () => {
    const events: ReplayEvent[] = []
    const on = (event: ReplayEvent) => events.push(event)
    const { records } = await replaySmall(smallRequest(), { on })
    const plan = events.find(({ kind }) => kind === 'plan')
    expect(plan).toMatchObject({ pool: 24, test: 6 })
    const stages = events.flatMap((event) => (event.kind === 'stage' ? [event] : []))
    expect(stages.map(({ training }) => training)).toEqual(records.map((_, i) => i + 1))
    const left = events.flatMap((event) => (event.kind === 'time' ? event.secondsLeft : []))
    expect(left.at(-1)).toBe(0)
    // The first forecast comes while the first ensemble is trained, the others after each.
    expect(left).toHaveLength(records.length + 1)
    expect(left[0]).toBeGreaterThan(left[1] ?? 0)
  })
})

describe('an interrupted replay', () => {
  const request = smallRequest({ seeds: 2, strategies: ['suggestive', 'random'] })

  it('goes on where it was and ends with the same figures, wherever it stopped', async () => {
    const whole = await replaySmall(request)
    for (const stopAt of [1, 2, 5, whole.records.length]) {
      const archive = createMemoryArchive()
      const stop = new AbortController()
      let started = 0
      const interrupted = replaySmall(request, {
        archive,
        signal: stop.signal,
        on: (event) => {
          if (event.kind === 'stage' && ++started === stopAt) stop.abort()
        },
      })
      await problemOf('cancelled', () => interrupted)
      let resumed = 0
      const again = await replaySmall(request, {
        archive,
        on: (event) => {
          if (event.kind === 'stage' && event.resumed) resumed++
        },
      })
      expect(resumed).toBe(stopAt - 1)
      expect(withoutTimes(again)).toEqual(withoutTimes(whole))
    }
  })

  it('refuses other arguments and names the difference', async () => {
    const archive = createMemoryArchive()
    await replaySmall(smallRequest({ strategies: ['random'], reference: false }), { archive })
    const other = smallRequest({ strategies: ['random'], reference: false, k: 2 })
    expect(await problemOf('wrong-use', () => replaySmall(other, { archive }))).toBe(
      'The output folder holds a replay with other arguments (options.k: 3 there, 2 here): give the same ones to go on with it, or name another folder with --out.',
    )
    const fewer = smallRequest({ strategies: ['random'], reference: false })
    const missing = { ...fewer, pool: fewer.pool.slice(1) }
    expect(await problemOf('wrong-use', () => replaySmall(missing, { archive }))).toMatch(
      /\(pool\./,
    )
  })

  it('names a damaged round', async () => {
    const archive = createMemoryArchive()
    const small = smallRequest({ strategies: ['random'], reference: false })
    await replaySmall(small, { archive })
    archive.files.set('state/seed-1/random-0001.json', '{"stage": "ra')
    expect(await problemOf('unreadable-input', () => replaySmall(small, { archive }))).toMatch(
      /^The kept round state\/seed-1\/random-0001\.json .* is damaged; delete this file/,
    )
  })
})

describe('curveTable', () => {
  it('has a row per point, with the shared first round under every strategy', async () => {
    const replayed = await replaySmall(smallRequest({ strategies: ['suggestive', 'random'] }))
    const [head, ...rows] = curveTable(curves(replayed), replayed.records).trim().split('\n')
    expect(head).toBe(
      'strategy,seed,round,images,pixels,fraction,dice,meanIou,f1,objectF1,objectDice,objectHausdorff,seconds',
    )
    const points = curves(replayed).flatMap(({ rounds }) => rounds)
    expect(rows).toHaveLength(points.length + 1)
    const firstOf = (name: string) => rows.find((row) => row.startsWith(`${name},1,0,3,`))
    expect(firstOf('suggestive')?.replace('suggestive', '')).toBe(
      firstOf('random')?.replace('random', ''),
    )
    expect(rows.at(-1)).toMatch(/^all,1,0,24,\d+,1\.000000,/)
    rows.forEach((row, i) => {
      const cells = row.split(',')
      expect(cells).toHaveLength(13)
      const dice = [...points, replayed.records.at(-1)][i]?.figures.perImage.dice
      expect(Number(cells[6])).toBeCloseTo(dice ?? Number.NaN, 6)
    })
  })
})
