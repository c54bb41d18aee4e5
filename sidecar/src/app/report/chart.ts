/** Line charts as SVG, written by hand: axes, bands, lines with markers, and labels that keep their distance. */
import { type Html, html, nothing } from './html.ts'
import type { Scale } from './scale.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Series {
  /** Name of the style: colour, dashes and marker. */
  readonly style: string
  readonly label: string
  readonly points: readonly Point[]
  /** 95 % interval along the line. */
  readonly band?: readonly { readonly x: number; readonly low: number; readonly high: number }[]
}

export interface Chart {
  /** Unique within the page. */
  readonly id: string
  readonly title: string
  /** What a person who cannot see the chart should know. */
  readonly description: string
  readonly width: number
  readonly height: number
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** A horizontal line, e.g. what all annotations give. */
  readonly level?: { readonly y: number; readonly label: string }
  /** Places on the x axis that matter, e.g. budgets. */
  readonly marks?: readonly number[]
}

interface Axis {
  readonly label: string
  readonly scale: Scale
  readonly format: (value: number) => string
}

const left = 52
const top = 14
const bottom = 44
const labelWidth = 158

type Place = (value: number) => number

/** The chart as one accessible `<svg>`. */
export function lineChart(chart: Chart): Html {
  const { id, title, description, width, height, series, level, marks = [] } = chart
  const right = width - labelWidth
  const base = height - bottom
  const x = placer(chart.x.scale, left, right)
  const y = placer(chart.y.scale, base, top)
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${marks.map((mark) => rule('mark', x(mark), top, x(mark), base))}${axes(chart, x, y, right, base)}
${series.map((one) => band(one, x, y))}${
  level ? rule('level', left, y(level.y), right, y(level.y)) : nothing
}${series.map((one) => line(one, x, y))}
${labels(chart, y, right)}</svg>`
}

function placer({ min, max }: Scale, from: number, to: number): Place {
  return (value) => round(from + ((value - min) / (max - min)) * (to - from))
}

function round(value: number): number {
  return Number(value.toFixed(1))
}

function rule(name: string, x1: number, y1: number, x2: number, y2: number): Html {
  return html`<line class="${name}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>
`
}

function axes(chart: Chart, x: Place, y: Place, right: number, base: number): Html {
  const rows = chart.y.scale.ticks.map(
    (
      tick,
    ) => html`${rule('grid', left, y(tick), right, y(tick))}<text class="tick end" x="${left - 8}" y="${
      y(tick) + 4
    }">${chart.y.format(tick)}</text>
`,
  )
  const columns = chart.x.scale.ticks.map(
    (
      tick,
    ) => html`<text class="tick middle" x="${x(tick)}" y="${base + 18}">${chart.x.format(tick)}</text>
`,
  )
  const middle = round((left + right) / 2)
  return html`${rows}${columns}${rule('axis', left, base, right, base)}<text class="axis-label middle" x="${middle}" y="${
    base + 37
  }">${chart.x.label}</text>`
}

function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([px, py]) => `${px},${py}`).join(' ')
}

function band({ style, band: edges = [] }: Series, x: Place, y: Place): Html {
  if (edges.length < 2) return nothing
  const upper = edges.map((edge) => [x(edge.x), y(edge.high)] as const)
  const lower = edges.map((edge) => [x(edge.x), y(edge.low)] as const).reverse()
  return html`<polygon class="band s-${style}" points="${path([...upper, ...lower])}"/>
`
}

function line({ style, points }: Series, x: Place, y: Place): Html {
  const places = points.map((point) => [x(point.x), y(point.y)] as const)
  return html`<polyline class="line s-${style}" points="${path(places)}"/>${
    places.length > 30 ? nothing : places.map(([px, py]) => marker(style, px, py))
  }
`
}

/** Every style has its own shape, so that colour is never the only difference. */
function marker(style: string, x: number, y: number): Html {
  const name = `dot s-${style}`
  switch (style) {
    case 'uncertainty':
    case 'entropy':
      return html`<rect class="${name}" x="${round(x - 3.2)}" y="${round(y - 3.2)}" width="6.4" height="6.4"/>`
    case 'random':
      return html`<polygon class="${name}" points="${path([
        [x, round(y - 4.4)],
        [round(x + 4.4), y],
        [x, round(y + 4.4)],
        [round(x - 4.4), y],
      ])}"/>`
    case 'random-foreground':
      return html`<polygon class="${name}" points="${path([
        [x, round(y - 4.2)],
        [round(x + 4.2), round(y + 3.4)],
        [round(x - 4.2), round(y + 3.4)],
      ])}"/>`
    default:
      return html`<circle class="${name}" cx="${x}" cy="${y}" r="3.6"/>`
  }
}

/** Names at the ends of the lines, moved apart where they would overlap, each with its marker as a key. */
function labels({ series, level, height }: Chart, y: Place, right: number): Html {
  const wanted = series.map(({ style, label, points }) => ({
    style,
    label,
    at: y(points.at(-1)?.y ?? 0),
  }))
  if (level) wanted.push({ style: 'level', label: level.label, at: y(level.y) })
  const placed = spread(wanted, 16, top + 4, height - bottom)
  return html`${placed.map(({ style, label, at }) => {
    const key =
      style === 'level'
        ? rule('level', right + 5, at, right + 19, at)
        : marker(style, right + 12, at)
    return html`${key}<text class="label" x="${right + 24}" y="${round(at + 4)}">${label}</text>
`
  })}`
}

/** Moves labels apart to at least `distance`, in order of their height, within min..max. */
function spread<T extends { readonly at: number }>(
  labels: readonly T[],
  distance: number,
  min: number,
  max: number,
): T[] {
  const sorted = [...labels].sort((a, b) => a.at - b.at)
  const places = sorted.map(({ at }) => at)
  for (let pass = 0; pass < 50; pass++) {
    for (let i = 1; i < places.length; i++) {
      const overlap = distance - ((places[i] ?? 0) - (places[i - 1] ?? 0))
      if (overlap <= 0) continue
      places[i - 1] = (places[i - 1] ?? 0) - overlap / 2
      places[i] = (places[i] ?? 0) + overlap / 2
    }
    const shift = Math.max(0, min - (places[0] ?? min)) + Math.min(0, max - (places.at(-1) ?? max))
    for (let i = 0; i < places.length; i++) places[i] = (places[i] ?? 0) + shift
  }
  return sorted.map((label, i) => ({ ...label, at: round(places[i] ?? label.at) }))
}
