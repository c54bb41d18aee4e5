/** What every implementation of the `Store` port must do; called with each. */
import { afterAll, beforeAll, describe } from '@jest/globals'
import type { Store } from '@suggestive/sidecar/ports/store'
import { openProject, type StoreBench } from '../support/store.ts'
import { eventTests } from './store-events.ts'
import { labelTests } from './store-labels.ts'
import { queueTests } from './store-queue.ts'
import { roundTests } from './store-rounds.ts'
import { taskTests } from './store-tasks.ts'

export function storeContract(name: string, open: () => Promise<Store>) {
  describe(`${name} as a Store`, () => {
    let store: Store
    let count = 0
    beforeAll(async () => {
      store = await open()
    })
    afterAll(async () => {
      await store.check()
      await store.close()
    })

    const bench: StoreBench = {
      store: () => store,
      async fresh(tasks = 0) {
        const id = `project-${++count}`
        const keys = Array.from({ length: tasks }, (_, i) => `${id}-${i}`)
        await openProject(store, id, keys)
        return { id, keys, key: (i: number) => `${id}-${i}` }
      },
    }
    taskTests(bench)
    labelTests(bench)
    roundTests(bench)
    queueTests(bench)
    eventTests(bench)
  })
}
