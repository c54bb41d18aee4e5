/** Kills the plugin at a request of a publication. */
import { draws } from '@suggestive/sidecar/domain/random'
import type { Asked, OnRequest } from '../fakes/cvat/reactions.ts'
import type { Product } from './cvat-e2e-serve.ts'

/** What a publication asks of CVAT beside the lists that polling reads. */
const isOfPublication = ({ method, path }: Asked): boolean =>
  method !== 'GET' || /^\/api\/(jobs|tasks)\/\d+(\/annotations)?$/.test(path)

/** Counts requests of publications. */
export function counter(): { readonly onRequest: OnRequest; readonly count: () => number } {
  let count = 0
  return {
    onRequest(asked) {
      if (isOfPublication(asked)) count++
      return undefined
    },
    count: () => count,
  }
}

export interface Killer {
  readonly onRequest: OnRequest
  /** The request at which it was done. */
  readonly met: () => string | undefined
}

/**
 * @param number of the request, from 1
 * @param isCarriedOut whether CVAT still does what it was asked for
 */
export function killer(product: () => Product, number: number, isCarriedOut: boolean): Killer {
  let count = 0
  let met: string | undefined
  return {
    onRequest(asked) {
      if (!isOfPublication(asked) || ++count !== number) return undefined
      met = `${asked.method} ${asked.path}${asked.search}`
      if (isCarriedOut) return { after: () => product().kill(), fault: { kind: 'lost' } }
      return { before: () => product().kill(), fault: { kind: 'reset' } }
    },
    met: () => met,
  }
}

/** Where in a publication, one point in each of so many equal parts of 0..1, and whether that request is carried out. */
export function killPoints(seed: number, purpose: string, points: number) {
  const random = draws(seed, 'kill', purpose)
  return Array.from({ length: points }, (_, at) => ({
    share: (at + 0.9 * random.uniform(2 * at)) / points,
    isCarriedOut: random.uniform(2 * at + 1) < 0.5,
  }))
}
