/** Where the objects of an image begin and end: bounding boxes and the ends of their rows and columns. */
import type { ObjectMap } from './components.ts'

/** One object of an `ObjectMap`: its bounding box (inclusive) and the first and last pixel of its rows and columns. */
export interface Outline {
  readonly id: number
  readonly map: ObjectMap
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  /** x0, y0, x1, y1, ... of the ends of all rows and columns. */
  readonly ends: Int32Array
}

/** An outline in the making. */
interface Box {
  left: number
  right: number
  top: number
  bottom: number
  /** Of the row that was seen last: its y and the first and last x. */
  row: number
  first: number
  last: number
  /** Ends of the rows so far. */
  readonly ends: number[]
}

function finishRow(box: Box): void {
  if (box.row < 0) return
  box.left = Math.min(box.left, box.first)
  box.right = Math.max(box.right, box.last)
  box.ends.push(box.first, box.row)
  if (box.last > box.first) box.ends.push(box.last, box.row)
}

/** Bounding boxes and row ends of objects 1..count, at index id - 1. */
function findRows({ width, height, ids, count }: ObjectMap): Box[] {
  const boxes = Array.from({ length: count }, (): Box => {
    return { left: width, right: -1, top: -1, bottom: -1, row: -1, first: 0, last: 0, ends: [] }
  })
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const id = ids[i] ?? 0
      const box = id === 0 ? undefined : boxes[id - 1]
      if (box === undefined) continue
      if (box.row !== y) {
        finishRow(box)
        if (box.top < 0) box.top = y
        box.bottom = y
        box.row = y
        box.first = x
      }
      box.last = x
    }
  }
  boxes.forEach(finishRow)
  return boxes
}

/** Appends first and last pixel of every column; objects that were given as ids may have gaps between. */
function addColumnEnds(map: ObjectMap, id: number, box: Box): void {
  for (let x = box.left; x <= box.right; x++) {
    let top = box.top
    let bottom = box.bottom
    while (top <= bottom && map.ids[top * map.width + x] !== id) top++
    while (bottom > top && map.ids[bottom * map.width + x] !== id) bottom--
    if (top <= bottom) box.ends.push(x, top)
    if (top < bottom) box.ends.push(x, bottom)
  }
}

/** The outlines of objects 1..count, in this order. */
export function outlinesOf(map: ObjectMap): Outline[] {
  return findRows(map).map((box, index) => {
    const id = index + 1
    addColumnEnds(map, id, box)
    const { left, right, top, bottom } = box
    return { id, map, left, right, top, bottom, ends: Int32Array.from(box.ends) }
  })
}
