/** The suggestions for a request, as shapes. */
import { setImmediate as breathe } from 'node:timers/promises'
import type { Log } from '@suggestive/shared/bridge/deps'
import { Problem } from '@suggestive/shared/problem'
import type { NewShape } from '../client/wire.ts'
import type { Classes, ClassLabel } from '../codec/classes.ts'
import { type Suggestion, shapesFor } from '../codec/shapes.ts'
import type { Pool } from '../pool.ts'
import { cropped } from './crop.ts'
import { framesFor, type WantedFrame } from './frames.ts'
import { wantedLabels } from './labels.ts'
import type { Question } from './question.ts'
import { Unanswerable } from './unanswerable.ts'

export interface AnswerDeps {
  /** The project's tasks and frames as they are now. */
  pool(signal: AbortSignal): Promise<Pool>
  classes(signal: AbortSignal): Promise<Classes>
  /** What the model in use sees; undefined when there is nothing yet. */
  suggestion(taskKey: string, signal: AbortSignal): Promise<Suggestion | undefined>
  /** For labels that take both. */
  readonly shape: 'mask' | 'polygon'
  readonly log: Log
}

/**
 * Frames without a suggestion have no shapes: that is no failure.
 *
 * @param step is told after each frame how much is done, 0..1; what it throws ends the work
 * @throws Unanswerable with a sentence for whoever has asked; other Problems
 */
export async function answerTo(
  question: Question,
  deps: AnswerDeps,
  step: (progress: number) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly NewShape[]> {
  const frames = framesFor(question, await deps.pool(signal))
  const labels = wantedLabels(question, await deps.classes(signal))
  const shapes: NewShape[] = []
  for (const [at, frame] of frames.entries()) {
    await step(at / frames.length)
    try {
      shapes.push(...(await shapesOf(frame, question, labels, deps, signal)))
    } catch (error) {
      // One odd image does not cost all the others.
      if (!(error instanceof Unanswerable) || question.frame !== undefined) throw error
      deps.log.warn({ task: question.task, frame: frame.frame }, error.message)
    }
  }
  return shapes
}

async function shapesOf(
  { frame, taskKey, width, height }: WantedFrame,
  { threshold, part }: Question,
  labels: readonly ClassLabel[],
  { suggestion, shape, log }: AnswerDeps,
  signal: AbortSignal,
): Promise<readonly NewShape[]> {
  if (taskKey === undefined || labels.length === 0) return []
  const found = await suggestion(taskKey, signal)
  if (found === undefined) return []
  await breathe()
  const { mask, scores } = found
  const isWanted = (classId: number) =>
    labels.some((label) => label.classId === classId) && (scores.get(classId) ?? 1) >= threshold
  const seen = { ...mask, layers: mask.layers.filter(({ classId }) => isWanted(classId)) }
  const isWhole = part === undefined || seen.width !== width || seen.height !== height
  const shown = isWhole ? seen : cropped(seen, part)
  const size = isWhole ? { width, height } : { width: shown.width, height: shown.height }
  try {
    const { shapes, notes } = shapesFor({ mask: shown, scores }, { labels, frame, size, shape })
    for (const note of notes) log.info({ task: taskKey }, note)
    return shapes
  } catch (error) {
    if (error instanceof Problem) throw new Unanswerable(error.message, error)
    throw error
  }
}
