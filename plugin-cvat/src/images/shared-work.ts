/** One piece of work for all who ask for the same thing at the same time. */
import { Problem } from '@suggestive/shared/problem'

export interface SharedWork<Result> {
  /** Who stops, stops waiting; the work is stopped when nobody waits any more. */
  join(
    key: string,
    work: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>
}

interface UnderWay<Result> {
  readonly result: Promise<Result>
  readonly stop: AbortController
  waiting: number
}

export function createSharedWork<Result>(): SharedWork<Result> {
  const underWay = new Map<string, UnderWay<Result>>()

  function begin(key: string, work: (signal: AbortSignal) => Promise<Result>): UnderWay<Result> {
    const stop = new AbortController()
    const result = work(stop.signal)
    const begun = { result, stop, waiting: 0 }
    underWay.set(key, begun)
    const end = () => {
      if (underWay.get(key) === begun) underWay.delete(key)
    }
    result.then(end, end)
    return begun
  }

  return {
    join(key, work, signal) {
      if (signal.aborted) return Promise.reject(stopped())
      const one = underWay.get(key) ?? begin(key, work)
      one.waiting++
      return new Promise((resolve, reject) => {
        const leave = () => {
          reject(stopped())
          if (--one.waiting > 0) return
          underWay.delete(key)
          one.stop.abort()
        }
        signal.addEventListener('abort', leave, { once: true })
        one.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
      })
    },
  }
}

const stopped = () => new Problem('cancelled', 'The request was stopped.')
