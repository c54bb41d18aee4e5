/** Takes in what people said about the tasks of a project. */
import { type FieldError, Problem } from '@suggestive/shared/problem'
import type { LabelsReply } from '@suggestive/shared/protocol/label'
import { packedSize } from '../domain/packed-mask.ts'
import type { Clock } from '../ports/clock.ts'
import type { Slices } from '../ports/intake.ts'
import type { NewLabel, Store } from '../ports/store.ts'

/** Errors of one reply at most. */
const mostErrors = 100

/**
 * Appends versions of labels. All of them are compared with the project before the first one is written, so that a bad
 * one leaves nothing behind.
 *
 * @throws Problem `not-found` for unknown tasks, `wrong-use` for masks of another size than the task's image; both name
 *   each label by its JSON pointer
 */
export async function ingestLabels(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  project: string,
  labels: { readonly slices: Slices<NewLabel>; readonly beforeConnection: boolean },
): Promise<LabelsReply> {
  const ready: (readonly NewLabel[])[] = []
  const unknown: FieldError[] = []
  const wrong: FieldError[] = []
  let index = 0
  for await (const slice of labels.slices) {
    const sizes = await store.taskSizes(project, [...new Set(slice.map(({ taskKey }) => taskKey))])
    const checked: NewLabel[] = []
    for (const label of slice) {
      const pointer = `/labels/${index++}`
      const size = sizes.get(label.taskKey)
      if (size === undefined) unknown.push(unknownTask(label, pointer))
      else if (size === null) checked.push(label)
      else {
        const fault = sizeFault(label, size)
        if (fault !== undefined) wrong.push({ pointer: `${pointer}/mask`, detail: fault })
        else checked.push({ ...label, pixels: size.width * size.height })
      }
    }
    ready.push(checked)
  }
  refuse('not-found', 'The task of a label is not known', unknown)
  refuse('wrong-use', 'A mask does not fit its image', wrong)
  const sum = { accepted: 0, repeated: 0 }
  for (const slice of ready) {
    const done = await store.putLabels(project, slice, labels.beforeConnection, clock.now())
    sum.accepted += done.accepted
    sum.repeated += done.repeated
  }
  return sum
}

function unknownTask({ taskKey }: NewLabel, pointer: string): FieldError {
  return {
    pointer: `${pointer}/taskKey`,
    detail: `The project has no task ${taskKey}: send the task first.`,
  }
}

function sizeFault(
  { mask, taskKey }: NewLabel,
  size: { readonly width: number; readonly height: number },
): string | undefined {
  if (mask === undefined) return undefined
  const { width, height } = packedSize(mask)
  if (width === size.width && height === size.height) return undefined
  return `The mask has ${width} x ${height} pixels, but the image of task ${taskKey} has ${size.width} x ${size.height}: send it in the size of the image.`
}

function refuse(kind: 'not-found' | 'wrong-use', what: string, errors: readonly FieldError[]) {
  const [first] = errors
  if (first === undefined) return
  const more = errors.length > 1 ? ` (${errors.length} labels in all)` : ''
  throw new Problem(kind, `${what}${more}. ${first.detail} Nothing was stored.`, {
    errors: errors.slice(0, mostErrors),
  })
}
