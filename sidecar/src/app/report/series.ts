/** The mean learning curve of several seeds with its interval, as lines of a chart. */

import { meanInterval } from '../../domain/interval.ts'
import { draws } from '../../domain/random.ts'
import type { StrategyName } from '../../domain/strategies.ts'
import type { FigureName } from '../replay/figures.ts'
import type { ReplayResult, RoundResult } from '../replay/result.ts'
import type { Point, Series } from './chart.ts'

/** Enough for a band that is drawn a few pixels wide; tables use the exact intervals of the result. */
const resamples = 1000

/** One line per strategy: mean over images, then over seeds, against the share of the pool's pixels. */
export function learningCurves(result: ReplayResult, figure: FigureName): Series[] {
  return result.settings.strategies.map((strategy) => {
    const curves = result.seeds.map((seed) => pointsOf(result.rounds, strategy, seed, figure))
    const grid = sharedGrid(curves)
    const values = grid.map((x) => curves.map((points) => heightAt(points, x)))
    const intervals = values.map((heights, i) =>
      meanInterval(heights, draws(0, 'report', figure, strategy, i), resamples),
    )
    const points = grid.map((x, i) => ({ x, y: intervals[i]?.mean ?? 0 }))
    const series = { style: strategy, label: strategy, points }
    if (curves.length < 2) return series
    return {
      ...series,
      band: grid.map((x, i) => ({ x, low: intervals[i]?.low ?? 0, high: intervals[i]?.high ?? 0 })),
    }
  })
}

function pointsOf(
  rounds: readonly RoundResult[],
  strategy: StrategyName,
  seed: number,
  figure: FigureName,
): Point[] {
  return rounds
    .filter((round) => round.seed === seed)
    .filter(({ stage }) => stage === 'initial' || stage === strategy)
    .map(({ fraction, perImage }) => ({ x: fraction, y: perImage[figure] }))
    .sort((a, b) => a.x - b.x)
}

/** All costs at which some seed was measured and all seeds have a curve. */
function sharedGrid(curves: readonly (readonly Point[])[]): number[] {
  const first = Math.max(...curves.map((points) => points[0]?.x ?? 0))
  const last = Math.min(...curves.map((points) => points.at(-1)?.x ?? 0))
  const places = curves.flatMap((points) => points.map(({ x }) => x))
  return [...new Set(places)].filter((x) => x >= first && x <= last).sort((a, b) => a - b)
}

/** Height of a polyline at x, which lies between its ends. */
function heightAt(points: readonly Point[], x: number): number {
  const next = points.findIndex((point) => point.x >= x)
  const after = points[next] ?? points.at(-1)
  const before = points[next - 1] ?? after
  if (!after || !before) return 0
  if (after.x === before.x) return after.y
  return before.y + ((after.y - before.y) * (x - before.x)) / (after.x - before.x)
}
