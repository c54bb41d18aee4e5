/** Tells the conductor about images that have arrived: once for many. */
import type { Conductor } from '../app/conductor.ts'
import type { Store } from '../ports/store.ts'

export interface Arrivals {
  note(): void
}

/** Of thousands of uploads only the last one within this time has to look what became possible. */
const quietMs = 200

export function createArrivals(
  store: Pick<Store, 'projects'>,
  conductor: Pick<Conductor, 'poke'>,
  onError: (error: unknown) => void,
): Arrivals {
  let isWaiting = false
  async function tell() {
    isWaiting = false
    for (const { id } of await store.projects()) conductor.poke(id)
  }
  return {
    note() {
      if (isWaiting) return
      isWaiting = true
      setTimeout(() => tell().catch(onError), quietMs).unref()
    },
  }
}
