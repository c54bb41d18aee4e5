/** The report's remaining evidence: uncertainty against error, kinds of images, settings and origin. */
import { mean } from '../../domain/metrics.ts'
import type { StrategyName } from '../../domain/strategies.ts'
import type { ErrorCurve } from '../replay/calibration.ts'
import { percent, signed } from '../replay/conclusions.ts'
import type { ReplayResult } from '../replay/result.ts'
import { type Chart, lineChart } from './chart.ts'
import { estimateCell } from './format.ts'
import { figure, type Html, html, nothing, section, table } from './html.ts'
import { niceScale } from './scale.ts'

/** Errors in the three least sure tenths over those in the three surest. */
function errorRatio({ errors }: ErrorCurve): number | null {
  const sum = (part: readonly number[]) => part.reduce((total, error) => total + error, 0)
  const sure = sum(errors.slice(0, 3))
  return sure > 0 ? sum(errors.slice(-3)) / sure : null
}

export function calibrationSection(result: ReplayResult): Html {
  const { calibration } = result
  const curves = [
    { style: 'variance', label: 'Variance', curve: calibration.variance },
    { style: 'entropy', label: 'Entropy', curve: calibration.entropy },
  ] as const
  const scale = niceScale([0, ...curves.flatMap(({ curve }) => curve.errors)], 5)
  const tenthScale = { min: 0.6, max: 10.4, ticks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], decimals: 0 }
  const chart: Chart = {
    id: 'chart-error',
    title: 'Error rate by uncertainty',
    description: 'Share of wrong pixels in each tenth of the test pixels, the surest tenth first.',
    width: 860,
    height: 340,
    x: { label: 'tenth of the pixels, from sure to unsure', scale: tenthScale, format: String },
    y: { label: 'wrong pixels', scale, format: percent },
    series: curves.map(({ style, label, curve }) => ({
      style,
      label,
      points: curve.errors.map((y, i) => ({ x: i + 1, y })),
    })),
  }
  const summary = curves.map(({ label, curve }) => {
    const ratio = errorRatio(curve)
    const times =
      ratio === null
        ? 'no errors in the three surest tenths'
        : `${ratio.toFixed(1)} times as many errors in the three least sure tenths as in the three surest`
    return `${label}: correlation with being wrong ${signed(curve.correlation, 2)}, ${times}.`
  })
  return section({
    id: 'error',
    title: 'Uncertainty against error',
    body: [
      html`<p>Does the ensemble know where it is wrong (paper, Fig. 3d)? Pixels of the test images by uncertainty, in ten
equal parts, for ${calibration.strategy} at the largest budget.</p>`,
      figure(lineChart(chart), summary.join(' '), {
        caption: 'Share of wrong pixels per tenth',
        head: ['tenth', 'by variance', 'by entropy'],
        rows: calibration.variance.errors.map((error, i) => [
          String(i + 1),
          percent3(error),
          percent3(calibration.entropy.errors[i] ?? 0),
        ]),
      }),
    ],
  })
}

const percent3 = (share: number) => `${(100 * share).toFixed(2)} %`

export function kindsSection(result: ReplayResult): Html {
  const { kindScores, settings, pool, budgets } = result
  const hasOtsu = kindScores.some(({ otsu }) => otsu !== null)
  const hasKinds = pool.kinds > 0
  if (!hasOtsu && !hasKinds) return nothing
  const score = (value: number | null | undefined) => (value == null ? '' : value.toFixed(2))
  const strategies = settings.strategies
  const scores = table({
    caption: `Dice by kind of test image, at ${percent(settings.budgets.at(-1) ?? 0)} of the pool's pixels`,
    head: [
      'kind',
      'test images',
      ...(hasOtsu ? ['Otsu threshold'] : []),
      ...strategies,
      ...(result.reference ? ['whole pool'] : []),
    ],
    rows: kindScores.map(({ kind, images, otsu, strategies: dice, reference }) => [
      kind,
      String(images),
      ...(hasOtsu
        ? [otsu ? html`${score(otsu.dice)} <span class="range">${otsu.polarity}</span>` : '']
        : []),
      ...strategies.map((name) => score(dice[name])),
      ...(result.reference ? [score(reference)] : []),
    ]),
  })
  const otsuNote = hasOtsu
    ? html`<p>For comparison what a per-image Otsu threshold reaches without any learning, with the polarity (bright or dark
objects) that suits each kind better.</p>`
    : nothing
  return section({
    id: 'kinds',
    title: 'By kind of image',
    body: [otsuNote, scores, hasKinds ? coverageTable(budgets, strategies, pool.kinds) : nothing],
  })
}

function coverageTable(
  budgets: ReplayResult['budgets'],
  strategies: readonly StrategyName[],
  kinds: number,
): Html {
  return html`<h3>Kinds covered</h3>${table({
    caption: `Kinds among the annotated images, of ${kinds}`,
    head: ['strategy', ...budgets.map(({ budget }) => percent(budget))],
    rows: strategies.map((strategy) => [
      strategy,
      ...budgets.map(({ kinds: coverage }) => {
        const estimate = coverage?.strategies[strategy]
        return estimate ? estimateCell(estimate, 1) : ''
      }),
    ]),
  })}`
}

/** Only where there are several classes: each of them at the largest budget. */
export function classesSection(result: ReplayResult): Html {
  const { settings, classValues, rounds, seeds } = result
  if (classValues.length === 2) return nothing
  const last = (strategy: StrategyName, seed: number) =>
    rounds
      .filter((round) => round.seed === seed)
      .filter(({ stage }) => stage === 'initial' || stage === strategy)
      .sort((a, b) => b.round - a.round)
      .slice(0, 1)
  const ends = settings.strategies.map((name) => ({
    name: String(name),
    rounds: seeds.flatMap((seed) => last(name, seed)),
  }))
  const references = rounds.filter(({ stage }) => stage === 'reference')
  const columns =
    references.length === 0 ? ends : [...ends, { name: 'whole pool', rounds: references }]
  return section({
    id: 'classes',
    title: 'By class',
    body: [
      table({
        caption: `Dice, mean over test images and seeds, at ${percent(settings.budgets.at(-1) ?? 0)} of the pool's pixels`,
        head: ['mask value', ...columns.map(({ name }) => name)],
        rows: classValues
          .slice(1)
          .map((value, c) => [
            String(value),
            ...columns.map(({ rounds: own }) =>
              mean(own.map(({ classes }) => classes[c]?.perImage.dice ?? 0)).toFixed(3),
            ),
          ]),
      }),
    ],
  })
}

export function originSection({ settings, versions, test, pool }: ReplayResult): Html {
  const { engine } = versions
  return html`<footer><p>Suggestive Annotation ${versions.product}, Node ${versions.node}, engine ${engine.engine} ${engine.version}
on ${engine.device} (${engine.threads} threads). Method: Yang et al., “Suggestive Annotation: A Deep Active Learning
Framework for Biomedical Image Segmentation”, MICCAI 2017. All figures, seeds and digests are in <code>result.json</code>,
all rounds in <code>curve.csv</code>.</p>
<details><summary>Settings</summary><pre>${JSON.stringify(settings, null, 2)}</pre></details>
<details><summary>Test images (${test.images.length}) and pool (${pool.images.length})</summary>
<p><b>Test:</b> ${test.images.map(({ name }) => name).join(', ')}</p>
<p><b>Pool:</b> ${pool.images.map(({ name }) => name).join(', ')}</p></details></footer>`
}
