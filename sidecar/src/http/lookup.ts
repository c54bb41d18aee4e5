/** Projects, looked up once for all requests that arrive in the same turn of the event loop. */
import type { ProjectRecord, Store } from '../ports/store.ts'

export type Lookup = (id: string) => Promise<ProjectRecord | undefined>

/** The store is asked after the last of these requests has arrived, so that each sees all writes answered before it. */
export function createLookup(store: Pick<Store, 'project'>): Lookup {
  const waiting = new Map<string, Promise<ProjectRecord | undefined>>()
  return (id) => {
    const own =
      waiting.get(id) ??
      new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        waiting.delete(id)
        return store.project(id)
      })
    waiting.set(id, own)
    return own
  }
}
