/** Which task a user gets, in the server's order of decisions. */
import type { FakeState, FakeTask } from './state.ts'

export interface Served {
  readonly task: FakeTask
  readonly queue: string
}

/** Undefined when nothing is left. Reserves the task. */
export function nextFor(state: FakeState, project: number, user: number): Served | undefined {
  const own = state.projects.get(project)
  if (own === undefined) return undefined
  const done = new Set(
    [...state.annotations.values()].filter((one) => one.user === user).map(({ task }) => task),
  )
  const open = state
    .tasksOf(project)
    .filter((task) => !done.has(task.id) && !state.isFinished(task))
  const locked = open.find(({ lockedBy }) => lockedBy === user)
  if (locked !== undefined) return { task: locked, queue: 'Task lock' }

  const free = open.filter(
    (task) => locksOf(task) + finishedBy(state, task) < own.maximumAnnotations,
  )
  const begun = free.filter((task) => finishedBy(state, task) > 0)
  const breadth = own.maximumAnnotations > 1 ? begun[0] : undefined
  const sampled = breadth ?? sample(state, own.sampling, own.modelVersion, free)
  const queue =
    breadth !== undefined
      ? 'Breadth first queue'
      : own.sampling === 'Sequential sampling'
        ? 'Sequence queue'
        : 'Active learning or random queue'
  if (sampled !== undefined) {
    sampled.lockedBy = user
    return { task: sampled, queue }
  }
  if (own.skipQueue !== 'REQUEUE_FOR_ME') return undefined
  const skipped = state
    .tasksOf(project)
    .find((task) =>
      state.annotationsOf(task.id).some((one) => one.user === user && one.wasCancelled),
    )
  return skipped === undefined ? undefined : { task: skipped, queue: 'Skipped queue' }
}

const locksOf = ({ lockedBy }: FakeTask) => (lockedBy === undefined ? 0 : 1)

const finishedBy = (state: FakeState, task: FakeTask) =>
  state.annotationsOf(task.id).filter(({ wasCancelled }) => !wasCancelled).length

function sample(
  state: FakeState,
  sampling: string,
  version: string | null,
  free: readonly FakeTask[],
): FakeTask | undefined {
  if (sampling === 'Sequential sampling') return free[0]
  const scored = free.flatMap((task) => {
    const scores = state
      .predictionsOf(task.id)
      .filter(({ modelVersion }) => modelVersion === version)
      .map(({ score }) => score ?? Number.NEGATIVE_INFINITY)
    return scores.length === 0 ? [] : [{ task, score: Math.min(...scores) }]
  })
  scored.sort((a, b) => a.score - b.score)
  const [best] = scored
  if (sampling === 'Uncertainty sampling' && best !== undefined) return best.task
  // At random, but the same in every run: by a hash of the id.
  return free.toSorted((a, b) => scattered(a.id) - scattered(b.id))[0]
}

const scattered = (id: number): number => Math.imul(id, 0x9e3779b1) >>> 0
