/** Tells the conductor about images that have arrived: once for many, and only of the projects that wait for them. */
import type { Conductor } from '../app/conductor.ts'
import type { Store } from '../ports/store.ts'

export interface Arrivals {
  note(imageDigest: string): void
}

/** Of thousands of uploads only the last one within this time has to look what became possible. */
const quietMs = 200

export function createArrivals(
  store: Pick<Store, 'projectsWith'>,
  conductor: Pick<Conductor, 'poke'>,
  onError: (error: unknown) => void,
): Arrivals {
  let arrived: string[] = []
  async function tell() {
    const digests = arrived
    arrived = []
    for (const project of await store.projectsWith(digests)) conductor.poke(project)
  }
  return {
    note(imageDigest) {
      if (arrived.length === 0) setTimeout(() => tell().catch(onError), quietMs).unref()
      arrived.push(imageDigest)
    },
  }
}
