/** How figures are written in the report. */
import type { Estimate } from '../replay/comparison.ts'
import { type FigureName, isLowerBetter } from '../replay/figures.ts'
import { type Html, html } from './html.ts'

/** Figures as people call them. */
export const figureTitles: Readonly<Record<FigureName, string>> = {
  dice: 'Dice',
  meanIou: 'Mean IU',
  f1: 'Pixel F1',
  objectF1: 'Object F1',
  objectDice: 'Object Dice',
  objectHausdorff: 'Object Hausdorff',
}

/** Distances are in pixels and need fewer decimals than shares. */
export function decimalsOf(figure: FigureName): number {
  return isLowerBetter(figure) ? 1 : 3
}

/** A mean and, where several seeds know it, its interval. */
export function estimateCell({ mean, low, high }: Estimate, decimals: number): Html {
  const range =
    low === null || high === null ? '' : ` ${low.toFixed(decimals)}–${high.toFixed(decimals)}`
  return html`${mean.toFixed(decimals)}<span class="range">${range}</span>`
}

/** `3 h 20 min`, `4 min`, `12 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
