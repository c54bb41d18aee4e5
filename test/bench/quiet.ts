/** Is the machine quiet enough for a ratio to mean something? */
import { availableParallelism, loadavg } from 'node:os'

/** Load average of the last minute per core above which no ratio is printed. */
const MOST_LOAD = 0.5

export interface Load {
  /** One-minute load average per core. */
  readonly perCore: number
  readonly isQuiet: boolean
}

export function load(): Load {
  const perCore = (loadavg()[0] ?? 0) / availableParallelism()
  return { perCore, isQuiet: perCore < MOST_LOAD }
}
