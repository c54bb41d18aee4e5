/** What annotators do. */
import { annotationPayload, deliver } from './deliveries.ts'
import { missing } from './refusal.ts'
import type { FakeAnnotation, FakeDraft, FakeState, FakeTask } from './state.ts'

export interface Submission {
  readonly result: unknown[]
  readonly wasCancelled?: boolean
  readonly groundTruth?: boolean
  readonly leadTime?: number | null
  readonly parentPrediction?: number | null
}

/** Submitting ends the reservation and the user's draft. */
export async function submit(
  state: FakeState,
  user: number,
  taskId: number,
  submission: Submission,
): Promise<FakeAnnotation> {
  const task = taskOf(state, taskId)
  const stamp = state.stamp()
  const annotation: FakeAnnotation = {
    id: state.id(),
    task: taskId,
    user,
    createdAt: stamp,
    updatedAt: stamp,
    result: submission.result,
    wasCancelled: submission.wasCancelled ?? false,
    groundTruth: submission.groundTruth ?? false,
    leadTime: submission.leadTime ?? null,
    parentPrediction: submission.parentPrediction ?? null,
  }
  state.annotations.set(annotation.id, annotation)
  if (task.lockedBy === user) task.lockedBy = undefined
  for (const draft of state.draftsOf(taskId)) if (draft.user === user) state.drafts.delete(draft.id)
  task.updatedAt = state.stamp()
  const payload = annotationPayload(state, annotation, task)
  await deliver(state, task.project, 'ANNOTATION_CREATED', payload)
  return annotation
}

export async function change(
  state: FakeState,
  id: number,
  changes: { readonly result?: unknown[]; readonly leadTime?: number },
): Promise<FakeAnnotation> {
  const annotation = annotationOf(state, id)
  annotation.result = changes.result ?? annotation.result
  annotation.leadTime = changes.leadTime ?? annotation.leadTime
  annotation.updatedAt = state.stamp()
  const task = taskOf(state, annotation.task)
  task.updatedAt = state.stamp()
  const payload = annotationPayload(state, annotation, task)
  await deliver(state, task.project, 'ANNOTATION_UPDATED', payload)
  return annotation
}

export async function remove(state: FakeState, id: number): Promise<void> {
  const annotation = annotationOf(state, id)
  state.annotations.delete(id)
  const task = taskOf(state, annotation.task)
  task.updatedAt = state.stamp()
  await deliver(state, task.project, 'ANNOTATIONS_DELETED', { annotations: [{ id }] })
}

/** A draft touches nothing and tells nobody. */
export function draft(
  state: FakeState,
  user: number,
  taskId: number,
  result: unknown[],
  leadTime: number | null,
): FakeDraft {
  taskOf(state, taskId)
  const made = { id: state.id(), task: taskId, user, result, leadTime, createdAt: state.stamp() }
  state.drafts.set(made.id, made)
  return made
}

export function taskOf(state: FakeState, id: number): FakeTask {
  const task = state.tasks.get(id)
  if (task === undefined) throw missing('Task')
  return task
}

function annotationOf(state: FakeState, id: number): FakeAnnotation {
  const annotation = state.annotations.get(id)
  if (annotation === undefined) throw missing('Annotation')
  return annotation
}
