/** How the frames of a task are divided into jobs. */

export interface Segment {
  /** First and last frame, both included. */
  readonly start: number
  readonly stop: number
}

/**
 * @param frames how many the task has
 * @param division frames per job, 0 for one job; or the images of each job
 * @param overlap frames that neighbours share
 */
export function segments(
  frames: number,
  division: number | readonly (readonly string[])[],
  overlap = 0,
): Segment[] {
  if (typeof division !== 'number') {
    let start = 0
    return division.map(({ length }) => {
      start += length
      return { start: start - length, stop: start - 1 }
    })
  }
  if (division === 0) return frames === 0 ? [] : [{ start: 0, stop: frames - 1 }]
  const step = Math.max(1, division - overlap)
  const found: Segment[] = []
  for (let start = 0; start < Math.max(1, frames - overlap); start += step) {
    found.push({ start, stop: Math.min(start + division, frames) - 1 })
  }
  return found
}
