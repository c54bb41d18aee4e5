/** Regions of an annotation as areas of classes. */
import { z } from 'zod'
import type { Region } from './annotation.ts'
import type { Configuration, Shape } from './configuration.ts'

/** One drawn area and the class that its label names. */
export interface Area {
  /** Of the region, for messages. */
  readonly id: string
  readonly classId: number
  readonly shape: Shape
  readonly region: Region
}

/** Why a region was left out; the sentence is for the project's owner. */
export interface RegionWarning {
  readonly kind: 'unknown-type' | 'unknown-label' | 'no-label' | 'several-labels' | 'other-image'
  readonly region: string
  readonly sentence: string
}

const shapes: Readonly<Record<string, Shape>> = {
  brush: 'brush',
  brushlabels: 'brush',
  polygon: 'polygon',
  polygonlabels: 'polygon',
  rectangle: 'rectangle',
  rectanglelabels: 'rectangle',
  ellipse: 'ellipse',
  ellipselabels: 'ellipse',
}

/** Results that say nothing about areas, or (`labels`) only what the area of the same id is. */
const silent = new Set([
  ...['choices', 'textarea', 'rating', 'number', 'datetime', 'taxonomy', 'relation', 'pairwise'],
  ...['ranker', 'keypoint', 'keypointlabels', 'labels'],
])

const labelKeys = ['brushlabels', 'polygonlabels', 'rectanglelabels', 'ellipselabels', 'labels']
const names = z.array(z.string())

/**
 * Areas in the order of the regions, which is the order from the bottom to the top. A plain Brush, Polygon, Rectangle or
 * Ellipse takes its label from the result with the same id.
 */
export function areasOf(
  result: readonly Region[],
  { classes, controls, image, leftOut }: Configuration,
): { readonly areas: readonly Area[]; readonly warnings: readonly RegionWarning[] } {
  const areas: Area[] = []
  const warnings: RegionWarning[] = []
  const labels = labelsById(result)
  const ids = new Map(classes.map(({ id, name }) => [name, id]))
  for (const [index, region] of result.entries()) {
    const id = String(region.id ?? `number ${index + 1}`)
    const warn = (kind: RegionWarning['kind'], reason: string) =>
      warnings.push({ kind, region: id, sentence: `The region ${id} was left out: ${reason}.` })
    if (leftOut.includes(region.from_name ?? '')) continue
    const type = region.type.toLowerCase()
    const shape = Object.hasOwn(shapes, type) ? shapes[type] : undefined
    if (shape === undefined) {
      if (!silent.has(type)) warn('unknown-type', `its type "${type.slice(0, 50)}" cannot be read`)
      continue
    }
    if ((region.to_name ?? image) !== image || (region.item_index ?? 0) !== 0) {
      warn('other-image', `it lies on another image of the task than "${image}"`)
      continue
    }
    const isPlain = type === shape
    const from = region.from_name
    if (!isPlain && from !== undefined && !controls.some(({ name }) => name === from)) {
      warn('unknown-label', `its control "${from.slice(0, 50)}" draws no class of the project`)
      continue
    }
    const own = labelsOf(region) ?? (region.id === undefined ? undefined : labels.get(region.id))
    const [name, ...others] = own ?? []
    if (name === undefined) {
      warn('no-label', 'it has no label')
      continue
    }
    const classId = ids.get(name)
    if (classId === undefined) {
      warn('unknown-label', `its label "${name.slice(0, 50)}" is not in the configuration`)
      continue
    }
    if (others.length > 0) {
      warnings.push({
        kind: 'several-labels',
        region: id,
        sentence: `The region ${id} has ${others.length + 1} labels; "${name}", the first one, counts.`,
      })
    }
    areas.push({ id, classId, shape, region })
  }
  return { areas, warnings }
}

function labelsById(result: readonly Region[]): Map<string | number, readonly string[]> {
  const found = new Map<string | number, readonly string[]>()
  for (const region of result) {
    const labels = labelsOf(region)
    if (region.id !== undefined && labels !== undefined) found.set(region.id, labels)
  }
  return found
}

function labelsOf({ value }: Region): readonly string[] | undefined {
  for (const key of labelKeys) {
    const parsed = names.safeParse(value?.[key])
    if (parsed.success && parsed.data.length > 0) return parsed.data
  }
  return undefined
}
