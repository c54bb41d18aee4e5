/** Connected parts of a mask layer, straight from its run lengths. */

/** Pixels that touch along edges (4-connected), as spans within single rows in row-major order. */
export interface Component {
  readonly pixels: number
  /** Index of the first pixel of each span. */
  readonly starts: readonly number[]
  /** Index behind the last pixel of each span. */
  readonly ends: readonly number[]
}

/**
 * Components in the order of their first pixels.
 *
 * @param runs canonical run lengths of the image
 * @param width of the image in pixels
 */
export function componentsOf(runs: readonly number[], width: number): Component[] {
  const { starts, ends } = rowSpans(runs, width)
  const parents = Int32Array.from(starts, (_, i) => i)
  const root = (i: number): number => {
    let at = i
    for (;;) {
      const parent = parents[at] ?? at
      if (parent === at) return at
      parents[at] = parents[parent] ?? parent
      at = parent
    }
  }
  // Both pointers walk in reading order: `above` over the spans one row higher.
  let above = 0
  for (let below = 0; below < starts.length; below++) {
    const left = (starts[below] ?? 0) - width
    const right = (ends[below] ?? 0) - width
    while (above < below && (ends[above] ?? 0) <= left) above++
    for (let i = above; i < below && (starts[i] ?? 0) < right; i++) {
      const [a, b] = [root(i), root(below)]
      parents[Math.max(a, b)] = Math.min(a, b)
    }
  }
  const found = new Map<number, { pixels: number; starts: number[]; ends: number[] }>()
  for (let i = 0; i < starts.length; i++) {
    const id = root(i)
    const own = found.get(id) ?? { pixels: 0, starts: [], ends: [] }
    found.set(id, own)
    const [start, end] = [starts[i] ?? 0, ends[i] ?? 0]
    own.starts.push(start)
    own.ends.push(end)
    own.pixels += end - start
  }
  return [...found.values()]
}

/** The set runs, cut at the ends of rows. */
function rowSpans(runs: readonly number[], width: number) {
  const starts: number[] = []
  const ends: number[] = []
  let at = 0
  for (let run = 0; run < runs.length; run++) {
    const stop = at + (runs[run] ?? 0)
    if (run % 2 === 1) {
      while (at < stop) {
        const end = Math.min(stop, at - (at % width) + width)
        starts.push(at)
        ends.push(end)
        at = end
      }
    }
    at = stop
  }
  return { starts, ends }
}
