/** Suggested masks as the regions of a prediction. */
import { Problem } from '@suggestive/shared/problem'
import type { RunMask } from '@suggestive/shared/protocol/label'
import { brushRegion } from './brush-region.ts'
import type { Configuration, Shape } from './configuration.ts'
import type { ProbabilityMap } from './graded.ts'
import { polygonRegions } from './polygon-regions.ts'
import type { PrelabelRegion } from './prelabel-region.ts'

export interface PrelabelOptions {
  /** `auto`: brush where a BrushLabels tag has the label, else polygons. */
  readonly shape: 'auto' | 'brush' | 'polygon'
  /** Brush regions show probabilities as opacity. */
  readonly isGraded: boolean
  /** By class id; a class without a map is not graded. */
  readonly probabilities: ReadonlyMap<number, ProbabilityMap>
  /** Mean probability inside, by class id, for classes without a map; without either regions have no score. */
  readonly scores?: ReadonlyMap<number, number>
  /** Lines for the annotator, e.g. why this image, and the page's address. */
  readonly lines: readonly string[]
  /** Begins the ids of the regions, e.g. the model version: equal input gives equal ids. */
  readonly idPrefix: string
}

export interface Prelabel {
  readonly result: readonly PrelabelRegion[]
  /** What was left out or coarsened so that the editor stays quick; for the log and the page. */
  readonly notes: readonly string[]
}

/**
 * Brush regions at most: with a hundred the editor crawls, each is a canvas of the image's size. One for each class, so
 * only configurations with more classes meet the limit.
 */
const mostBrushRegions = 50

/**
 * Regions in the order of the mask's layers: one for each class as a brush mask, one for each connected part as polygons.
 * The first one carries the lines. A mask without pixels gives no region.
 *
 * @throws Problem `wrong-use` when maps and mask have different sizes
 */
export function prelabelFrom(
  mask: RunMask,
  { classes, controls, image }: Configuration,
  options: PrelabelOptions,
): Prelabel {
  const pixels = mask.width * mask.height
  for (const [classId, { data }] of options.probabilities) {
    if (data.length === pixels) continue
    throw new Problem(
      'wrong-use',
      `The map of class ${classId} has ${data.length} values, but the mask has ${pixels} pixels: ask for both anew.`,
    )
  }
  const notes: string[] = []
  const result: PrelabelRegion[] = []
  const sizes = new Map(mask.layers.map(({ classId, runs }) => [classId, pixelsOf(runs)]))
  const largest = mask.layers.toSorted(
    (a, b) => (sizes.get(b.classId) ?? 0) - (sizes.get(a.classId) ?? 0),
  )
  const brushed = new Set(largest.slice(0, mostBrushRegions).map(({ classId }) => classId))
  for (const { classId, runs } of mask.layers) {
    const label = classes.find(({ id }) => id === classId)?.name
    const from = (shape: Shape) =>
      controls.find((control) => control.shape === shape && control.labels.includes(label ?? ''))
    const control = (
      options.shape === 'auto' ? [from('brush'), from('polygon')] : [from(options.shape)]
    ).find((one) => one !== undefined)
    if (label === undefined || control === undefined) {
      const name = label === undefined ? `${classId}` : `"${label}"`
      notes.push(`The class ${name} has no control for ${shapeName(options.shape)}: left out.`)
      continue
    }
    const id = `${options.idPrefix}-${classId}`
    const map = options.probabilities.get(classId)
    const score = options.scores?.get(classId)
    const frame = { mask, label, from: control.name, image, id, map, score }
    if (control.shape === 'polygon') result.push(...polygonRegions(runs, frame, notes))
    else if (brushed.has(classId)) {
      result.push(...brushRegion(runs, frame, options.isGraded, notes))
    } else notes.push(`The class "${label}" was left out: ${mostBrushRegions} masks are shown.`)
  }
  const [first, ...others] = result
  if (first === undefined || options.lines.length === 0) return { result, notes }
  return { result: [{ ...first, meta: { text: options.lines } }, ...others], notes }
}

function shapeName(shape: PrelabelOptions['shape']): string {
  return shape === 'auto' ? 'brush masks or polygons' : `${shape} regions`
}

function pixelsOf(runs: readonly number[]): number {
  return runs.reduce((sum, run, index) => sum + (index % 2) * run, 0)
}
