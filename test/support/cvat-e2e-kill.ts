/** Kills the plugin at a request of a publication. */
import { draws } from '@suggestive/sidecar/domain/random'
import type { Asked, OnRequest } from '../fakes/cvat/reactions.ts'
import type { Product } from './cvat-e2e-serve.ts'

/** What a publication asks of CVAT beside the lists that polling reads; or only what changes something there. */
export type Which = 'any' | 'writes'

function isMeant({ method, path }: Asked, which: Which): boolean {
  if (method !== 'GET') return true
  return which === 'any' && /^\/api\/(jobs|tasks)\/\d+(\/annotations)?$/.test(path)
}

export interface Counter {
  readonly onRequest: OnRequest
  readonly count: (which: Which) => number
}

/** Counts requests of publications. */
export function counter(): Counter {
  const met: Asked[] = []
  return {
    onRequest(asked) {
      met.push(asked)
      return undefined
    },
    count: (which) => met.filter((asked) => isMeant(asked, which)).length,
  }
}

export interface KillPoint {
  readonly which: Which
  /** Where among these requests of a publication, 0..1. */
  readonly share: number
  /** Whether CVAT still does what it was asked for. */
  readonly isCarriedOut: boolean
}

export interface Killer {
  readonly onRequest: OnRequest
  /** The request at which it was done. */
  readonly met: () => string | undefined
}

/** @param requests of `which` in the publication that is disturbed */
export function killer(product: () => Product, point: KillPoint, requests: number): Killer {
  const number = Math.max(1, Math.ceil(point.share * requests))
  let count = 0
  let met: string | undefined
  return {
    onRequest(asked) {
      if (!isMeant(asked, point.which) || ++count !== number) return undefined
      met = `${asked.method} ${asked.path}${asked.search}`
      if (point.isCarriedOut) return { after: () => product().kill(), fault: { kind: 'lost' } }
      return { before: () => product().kill(), fault: { kind: 'reset' } }
    },
    met: () => met,
  }
}

/**
 * Spread over a publication: after every second one CVAT has been changed, and the plugin does not know it. The same for
 * the same seed.
 */
export function killPoints(seed: number, purpose: string, points: number): KillPoint[] {
  const random = draws(seed, 'kill', purpose)
  return Array.from({ length: points }, (_, at) => {
    const isWrite = at % 2 === 0
    return {
      which: isWrite ? 'writes' : 'any',
      // Not at the very end: how often it is looked afterwards whether all is well differs from run to run.
      share: (0.8 * (at + 0.9 * random.uniform(2 * at))) / points,
      isCarriedOut: isWrite || random.uniform(2 * at + 1) < 0.5,
    }
  })
}
