/** How many trainings a replay has done, and how long the rest will take. */

export interface Pace {
  /** Number of the training that begins now, from 1 on. */
  begin(): number
  /** All trainings, as far as is known. */
  trainings(): number
  /** The training that began last took that long; a resumed one is not counted. */
  finish(seconds: number): void
  /** Seconds until the end; `current`: what the present training takes in all. Undefined before anything is known. */
  secondsLeft(current?: number): number | undefined
}

export function createPace(expected: number): Pace {
  let begun = 0
  let measured = 0
  let total = 0
  const trainings = () => Math.max(expected, begun)
  return {
    begin: () => ++begun,
    trainings,
    finish(seconds) {
      measured++
      total += seconds
    },
    secondsLeft(current) {
      const each = measured > 0 ? total / measured : current
      if (each === undefined) return undefined
      return each * (trainings() - begun) + (current ?? 0)
    },
  }
}
