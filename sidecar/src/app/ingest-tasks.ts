/** Takes in the tasks of a project. */
import type { TaskInput, TasksReply } from '@suggestive/shared/protocol/task'
import type { Clock } from '../ports/clock.ts'
import type { Slices } from '../ports/intake.ts'
import type { Store } from '../ports/store.ts'

/** Inserts or replaces by key, slice after slice; every slice is valid before the first one is written. */
export async function ingestTasks(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  project: string,
  slices: Slices<TaskInput>,
): Promise<TasksReply> {
  const sum = { added: 0, changed: 0, unchanged: 0 }
  const missing = new Set<string>()
  for await (const slice of slices) {
    const { added, changed, unchanged } = await store.putTasks(project, slice, clock.now())
    sum.added += added
    sum.changed += changed
    sum.unchanged += unchanged
    const digests = slice.flatMap(({ imageDigest }) => imageDigest ?? [])
    for (const digest of await missingImages(store, digests)) missing.add(digest)
  }
  return { ...sum, missingImages: [...missing] }
}

/** Those of the images whose bytes are not here, in the order given, each once. */
export async function missingImages(
  store: Store,
  digests: readonly string[],
): Promise<readonly string[]> {
  const wanted = [...new Set(digests)]
  const here = new Set((await store.images(wanted)).map(({ digest }) => digest))
  return wanted.filter((digest) => !here.has(digest))
}
