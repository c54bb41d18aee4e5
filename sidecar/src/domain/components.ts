/** Objects of an image: 8-connected components of a mask, or the ids that an annotator gave. */
import { Problem } from '@suggestive/shared/problem'

/** Whole numbers per pixel, row-major `[height, width]`: class indices or object ids; 0 is background. */
export interface LabelRaster {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array | Uint16Array | Uint32Array | Int32Array
}

/** The objects of one image, numbered 1..count. */
export interface ObjectMap {
  readonly width: number
  readonly height: number
  /** Id of the object that owns the pixel, row-major `[height, width]`; 0 = no object. */
  readonly ids: Int32Array
  readonly count: number
  /** Pixels of object `id` at index `id`; index 0 is 0. */
  readonly areas: Uint32Array
}

function requireWholeRaster(raster: LabelRaster): void {
  const { width, height, data } = raster
  if (data.length === width * height) return
  throw new Problem(
    'wrong-use',
    `A label raster of ${width} x ${height} pixels holds ${data.length} values; give exactly one value per pixel.`,
  )
}

/** Root of a label; halves the path, so later look-ups are short. */
function rootOf(parent: Int32Array, label: number): number {
  let at = label
  for (;;) {
    const up = parent[at] ?? 0
    if (up === at) return at
    const next = parent[up] ?? 0
    parent[at] = next
    at = next
  }
}

/** Joins two trees under the smaller root, so that roots keep the order of first appearance. */
function unite(parent: Int32Array, a: number, b: number): void {
  const first = rootOf(parent, a)
  const second = rootOf(parent, b)
  if (first < second) parent[second] = first
  else parent[first] = second
}

/** First pass: writes provisional labels into `ids`; returns the forest that says which are the same. */
function labelProvisionally(
  { width, height, data }: LabelRaster,
  ofClass: number | undefined,
  ids: Int32Array,
): { parent: Int32Array; labels: number } {
  let parent = new Int32Array(1024)
  let labels = 0
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = data[i] ?? 0
      if (value === 0 || (ofClass !== undefined && value !== ofClass)) continue
      const above = i - width
      const isLeft = x > 0 && data[i - 1] === value
      const isAboveLeft = y > 0 && x > 0 && data[above - 1] === value
      // The pixel above touches the other three, so they are joined with it already.
      if (y > 0 && data[above] === value) ids[i] = ids[above] ?? 0
      else if (y > 0 && x + 1 < width && data[above + 1] === value) {
        const label = ids[above + 1] ?? 0
        ids[i] = label
        if (isLeft) unite(parent, label, ids[i - 1] ?? 0)
        else if (isAboveLeft) unite(parent, label, ids[above - 1] ?? 0)
      } else if (isLeft) ids[i] = ids[i - 1] ?? 0
      else if (isAboveLeft) ids[i] = ids[above - 1] ?? 0
      else {
        labels++
        if (labels === parent.length) parent = doubled(parent)
        parent[labels] = labels
        ids[i] = labels
      }
    }
  }
  return { parent, labels }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * array.length)
  longer.set(array)
  return longer
}

/**
 * 8-connected components of the pixels with class `ofClass`; without it, of all non-zero pixels, where pixels of
 * different classes are never one object. Ids follow the first pixel in reading order.
 * Two passes with union-find (Rosenfeld and Pfaltz 1966).
 */
export function labelComponents(mask: LabelRaster, ofClass?: number): ObjectMap {
  requireWholeRaster(mask)
  const { width, height } = mask
  const ids = new Int32Array(width * height)
  const { parent, labels } = labelProvisionally(mask, ofClass, ids)
  let count = 0
  const final = new Int32Array(labels + 1)
  for (let label = 1; label <= labels; label++) {
    const root = rootOf(parent, label)
    final[label] = root === label ? ++count : (final[root] ?? 0)
  }
  const areas = new Uint32Array(count + 1)
  for (let i = 0; i < ids.length; i++) {
    const label = ids[i] ?? 0
    if (label === 0) continue
    const id = final[label] ?? 0
    ids[i] = id
    areas[id] = (areas[id] ?? 0) + 1
  }
  return { width, height, ids, count, areas }
}

/** Objects as annotated: one object per non-zero id, whether connected or not, renumbered in the order of the ids. */
export function objectsFromIds(raster: LabelRaster): ObjectMap {
  requireWholeRaster(raster)
  const { width, height, data } = raster
  const given = new Set<number>()
  let previous = 0
  for (let i = 0; i < data.length; i++) {
    const id = data[i] ?? 0
    if (id !== previous && id !== 0) given.add(id)
    previous = id
  }
  const ordered = [...given].sort((a, b) => a - b)
  const final = new Map(ordered.map((id, index) => [id, index + 1]))
  const ids = new Int32Array(width * height)
  const areas = new Uint32Array(ordered.length + 1)
  let run = 0
  let id = 0
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    if (value !== run) {
      run = value
      id = final.get(value) ?? 0
    }
    if (id === 0) continue
    ids[i] = id
    areas[id] = (areas[id] ?? 0) + 1
  }
  return { width, height, ids, count: ordered.length, areas }
}
