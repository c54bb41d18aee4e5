/**
 * Stores labels as fast as it can and prints the identity of each one that was acknowledged; somebody kills it.
 * Arguments: database, number of callers.
 */
import { openStoreThread } from '@suggestive/sidecar/store/thread'
import { labelOf, newProject, taskOf } from './store.ts'

const [path = '', callers = '20'] = process.argv.slice(2)
const { store } = await openStoreThread(path)
await store.createProject(newProject('p'), 1)
await store.putTasks('p', [taskOf('t')], 1)
let next = 0
async function write() {
  for (;;) {
    const label = labelOf('t', { externalId: `label-${next++}` })
    await store.putLabels('p', [label], false, next)
    process.stdout.write(`${label.identity}\n`)
  }
}
await Promise.all(Array.from({ length: Number(callers) }, write))
