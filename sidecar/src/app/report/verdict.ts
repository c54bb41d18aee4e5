/** The report's answer: what each budget bought, and which difference between strategies is more than chance. */
import type { StrategyName } from '../../domain/strategies.ts'
import { type Comparison, fewestSeeds } from '../replay/comparison.ts'
import { end, isShown, percent, signed } from '../replay/conclusions.ts'
import type { ReplayResult, Spent } from '../replay/result.ts'
import { budgetTable } from './curves.ts'
import { type Html, html, nothing, section, type TableSpec, table } from './html.ts'

export function verdictSection(result: ReplayResult): Html {
  return section({
    id: 'verdict',
    title: 'What the budget bought',
    body: [
      table(budgetTable(result, 'dice')),
      html`<p class="soft">${spentSentence(result)}</p>
<details><summary>Show what each strategy spent</summary>${table(spentTable(result))}</details>`,
      result.settings.strategies.length > 1 ? comparisonPart(result) : nothing,
    ],
  })
}

function comparisonPart(result: ReplayResult): Html {
  return html`<h3>Does the strategy matter?</h3>
<p>Strategies are compared seed by seed. One is called better only where the 95 % interval of the difference excludes 0
and there are at least ${fewestSeeds} seeds. The intervals are not corrected for the number of comparisons.</p>
<ul class="claims">${result.conclusions.map(claim)}</ul>
<details><summary>Show all differences</summary>${table(differenceTable(result))}</details>`
}

function claim(sentence: string): Html {
  const shown = sentence.startsWith('No ') ? '' : ' class="shown"'
  return html`<li${{ html: shown }}>${sentence}</li>
`
}

/** One row per pair of strategies; Dice at every budget and over the curve, kinds where they are known. */
function differenceTable({ budgets, area }: ReplayResult): TableSpec {
  const columns = [
    ...budgets.flatMap(({ budget, comparisons, kinds }) => [
      { head: `Dice at ${percent(budget)}`, comparisons: comparisons.dice, decimals: 3 },
      ...(kinds
        ? [{ head: `kinds at ${percent(budget)}`, comparisons: kinds.comparisons, decimals: 1 }]
        : []),
    ]),
    { head: 'Dice, curve', comparisons: area.comparisons.dice, decimals: 3 },
  ]
  return {
    caption: 'Mean difference by seed, 95 % interval, and what it shows',
    head: ['pair', ...columns.map(({ head }) => head)],
    rows: area.comparisons.dice.map(({ strategy, against }) => [
      `${strategy} − ${against}`,
      ...columns.map(({ comparisons, decimals }) => {
        const found = comparisons.find((c) => c.strategy === strategy && c.against === against)
        return found ? differenceCell(found, decimals) : ''
      }),
    ]),
  }
}

function differenceCell(comparison: Comparison, decimals: number): Html {
  const { mean, low, high, verdict } = comparison.difference
  const range =
    low === null || high === null ? '' : ` ${end(low, decimals)} to ${end(high, decimals)}`
  const shown = isShown(comparison) ? verdict : 'not shown'
  return html`${signed(mean, decimals)}<span class="range">${range} ${shown}</span>`
}

/** The one sentence under the title. */
export function leadSentence(result: ReplayResult): string {
  const last = result.budgets.at(-1)
  const [first] = result.settings.strategies
  const standing = first && last?.strategies[first]
  if (!first || !last || !standing) return ''
  const dice = standing.perImage.dice.mean
  const all = result.reference?.perImage.dice.mean
  const start = `With ${percent(last.budget)} of the pool's pixels annotated, ${wording(first)} reaches a Dice of ${dice.toFixed(2)}`
  return all === undefined || all <= 0
    ? `${start} on unseen images.`
    : `${start} on unseen images: ${percent(Math.round((100 * dice) / all) / 100)} of the ${all.toFixed(2)} that annotating everything gives.`
}

function wording(strategy: StrategyName): string {
  switch (strategy) {
    case 'suggestive':
      return 'suggestive annotation'
    case 'uncertainty':
      return 'the uncertainty query'
    case 'random':
      return 'random choice'
    case 'random-foreground':
      return 'random choice among images with foreground'
    default:
      return strategy satisfies never
  }
}

function spentSentence({ budgets, settings, pool }: ReplayResult): string {
  const [first] = settings.strategies
  const parts = budgets.flatMap(({ budget, spent }) => {
    const bought = first && spent[first]
    return bought ? `${percent(budget)} with ${spentText(bought)}` : []
  })
  return `The cost of an image is its pixels, and a budget is reached with a whole image. The pool has ${pool.images.length} images; ${first} reaches ${parts.join(', ')}.`
}

function spentText({ images, fraction }: Spent): string {
  return `${Number(images.mean.toFixed(1))} images (${percent(fraction.mean)})`
}

function spentTable({ budgets, settings }: ReplayResult): TableSpec {
  return {
    caption:
      "Annotated images and share of the pool's pixels when a budget is reached, mean over seeds",
    head: ['strategy', ...budgets.map(({ budget }) => percent(budget))],
    rows: settings.strategies.map((strategy) => [
      strategy,
      ...budgets.map(({ spent }) => {
        const bought = spent[strategy]
        return bought ? spentText(bought) : ''
      }),
    ]),
  }
}
