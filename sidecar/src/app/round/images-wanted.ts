/** Asks the plugin for the bytes of images that are not here. */
import type { RoundPorts } from './ports.ts'

/** Task keys of one event. */
const wantedSlice = 500

export async function wantTasks(
  { store, clock }: Pick<RoundPorts, 'store' | 'clock'>,
  project: string,
  taskKeys: readonly string[],
): Promise<void> {
  for (let first = 0; first < taskKeys.length; first += wantedSlice) {
    await store.wantImages(project, taskKeys.slice(first, first + wantedSlice), clock.now())
  }
}

/** By their digests; an image that no task has any more is not asked for. */
export async function wantImages(
  ports: Pick<RoundPorts, 'store' | 'clock'>,
  project: string,
  digests: readonly string[],
): Promise<void> {
  const tasks = await tasksOf(ports, project, digests)
  await wantTasks(
    ports,
    project,
    [...tasks.values()].map(({ taskKey }) => taskKey),
  )
}

export interface KnownTask {
  readonly taskKey: string
  readonly url: string | null
}

/** The first task of each image, by digest; looks through the tasks, so it is for what is rare. */
export async function tasksOf(
  { store }: Pick<RoundPorts, 'store'>,
  project: string,
  digests: readonly string[],
): Promise<ReadonlyMap<string, KnownTask>> {
  const found = new Map<string, KnownTask>()
  const wanted = new Set(digests)
  let after: string | undefined
  while (found.size < wanted.size) {
    const page = await store.tasks(project, { limit: 1000, after })
    for (const { imageDigest, taskKey, url, state } of page.items) {
      if (imageDigest === null || !wanted.has(imageDigest) || state === 'gone') continue
      if (!found.has(imageDigest)) found.set(imageDigest, { taskKey, url })
    }
    if (page.next === null) break
    after = page.next
  }
  return found
}
