/** The report's learning curves: what annotation buys, figure by figure. */
import type { StrategyName } from '../../domain/strategies.ts'
import { percent } from '../replay/conclusions.ts'
import { type FigureName, isLowerBetter } from '../replay/figures.ts'
import type { ReplayResult } from '../replay/result.ts'
import { type Chart, lineChart } from './chart.ts'
import { decimalsOf, estimateCell, figureTitles, plural } from './format.ts'
import { figure, type Html, html, section, type TableSpec } from './html.ts'
import { niceScale, tightScale } from './scale.ts'
import { learningCurves } from './series.ts'

const smallFigures = ['objectF1', 'objectDice', 'meanIou', 'objectHausdorff'] as const

export function curvesSection(result: ReplayResult): Html {
  const seeds = result.seeds.length
  const intervals =
    seeds > 1
      ? `Lines are means over ${plural(seeds, 'seed')}, shaded areas their 95 % intervals.`
      : 'There is only one seed, so nothing says how much chance is in these lines.'
  const caption = `Mean over the test images. ${intervals} Dotted verticals are the budgets.`
  return section({
    id: 'curves',
    title: 'Learning curves',
    body: [
      html`<p>Each point is an ensemble trained from scratch on the images annotated so far and measured on images that
no strategy could choose. All strategies of a seed start from the same random images and the same first ensemble.</p>`,
      curveFigure(result, 'dice', { width: 860, height: 400 }, caption),
      html`<div class="pair">${smallFigures.map((name) =>
        curveFigure(
          result,
          name,
          { width: 500, height: 290 },
          isLowerBetter(name) ? 'In pixels; lower is better.' : 'Higher is better.',
        ),
      )}</div>`,
    ],
  })
}

function curveFigure(
  result: ReplayResult,
  name: FigureName,
  size: { readonly width: number; readonly height: number },
  caption: string,
): Html {
  const series = learningCurves(result, name)
  const reference = result.reference?.perImage[name].mean
  const heights = series.flatMap(({ points, band = [] }) => [
    ...points.map(({ y }) => y),
    ...band.flatMap(({ low, high }) => [low, high]),
  ])
  const level =
    reference === undefined
      ? {}
      : { level: { y: reference, label: `all: ${reference.toFixed(decimalsOf(name))}` } }
  const scale = niceScale(reference === undefined ? heights : [...heights, reference], 5)
  const title = figureTitles[name]
  const chart: Chart = {
    id: `chart-${name}`,
    title: `${title} by share of the pool annotated`,
    description: `${series.map(({ label, points }) => `${label} goes from ${shown(points[0]?.y, name)} to ${shown(points.at(-1)?.y, name)}`).join('; ')}. The numbers follow as a table.`,
    ...size,
    x: {
      label: "share of the pool's pixels annotated",
      scale: tightScale([0, ...series.flatMap(({ points }) => points.map(({ x }) => x))], 5),
      format: percent,
    },
    y: { label: title, scale, format: (value) => value.toFixed(scale.decimals) },
    series,
    marks: result.settings.budgets,
    ...level,
  }
  const warning = scale.min > 0 ? ' The y axis does not start at 0.' : ''
  const heading = html`<h3>${title}</h3>${lineChart(chart)}`
  return figure(heading, caption + warning, budgetTable(result, name))
}

function shown(value: number | undefined, name: FigureName): string {
  return value === undefined ? '?' : value.toFixed(decimalsOf(name))
}

/** A figure of every strategy at every budget. */
export function budgetTable(result: ReplayResult, name: FigureName): TableSpec {
  const { budgets, area, reference, settings } = result
  const decimals = decimalsOf(name)
  // With everything annotated all strategies are the same.
  const all = reference ? [estimateCell(reference.perImage[name], decimals)] : []
  const line = (strategy: StrategyName) => {
    const cells = [...budgets, area].map((standing) => {
      const estimate = standing.strategies[strategy]?.perImage[name]
      return estimate ? estimateCell(estimate, decimals) : ''
    })
    return [strategy, ...cells, ...all]
  }
  return {
    caption: `${figureTitles[name]}, mean over test images${result.seeds.length > 1 ? ' and seeds, with 95 % intervals' : ''}`,
    head: [
      'strategy',
      ...budgets.map(({ budget }) => percent(budget)),
      'mean height of the curve',
      ...(reference ? ['whole pool'] : []),
    ],
    rows: settings.strategies.map(line),
  }
}
