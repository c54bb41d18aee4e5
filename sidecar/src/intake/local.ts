/** The intake on the thread that calls it: for small bodies, and for programs without threads. */
import type { Intake } from '../ports/intake.ts'
import { readLabels, readTasks, textOfMask } from './read.ts'
import { slicesOf } from './slices.ts'

export const localIntake: Intake = {
  async tasks(body) {
    return slicesOf(readTasks(body))
  },
  async labels(body, scope) {
    const { labels, beforeConnection } = readLabels(body, scope)
    return { beforeConnection, slices: slicesOf(labels) }
  },
  async maskText(packed) {
    return textOfMask(packed)
  },
}
