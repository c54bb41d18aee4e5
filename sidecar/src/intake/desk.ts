/** What the intake thread answers: read a body whole, then hand it out in slices. */
import type { TaskInput } from '@suggestive/shared/protocol/task'
import type { LabelScope } from '../ports/intake.ts'
import type { NewLabel } from '../ports/store.ts'
import { readLabels, readTasks, textOfMask } from './read.ts'
import { sliceLength } from './slices.ts'

/** A body that was read and has not been handed out yet. */
export interface Ticket {
  readonly ticket: number
  readonly length: number
}

export interface Desk {
  readTasks(body: Uint8Array): Promise<Ticket>
  readLabels(
    body: Uint8Array,
    scope: LabelScope,
  ): Promise<Ticket & { readonly beforeConnection: boolean }>
  /** Items from this position on, at most a slice of them. */
  tasksAt(ticket: number, from: number): Promise<readonly TaskInput[]>
  labelsAt(ticket: number, from: number): Promise<readonly NewLabel[]>
  /** Forgets a body. */
  drop(ticket: number): Promise<void>
  maskText(packed: Uint8Array): Promise<Uint8Array>
}

export function openDesk(): Desk {
  const tasks = new Map<number, readonly TaskInput[]>()
  const labels = new Map<number, readonly NewLabel[]>()
  let last = 0
  return {
    async readTasks(body) {
      const read = readTasks(body)
      tasks.set(++last, read)
      return { ticket: last, length: read.length }
    },
    async readLabels(body, scope) {
      const { labels: read, beforeConnection } = readLabels(body, scope)
      labels.set(++last, read)
      return { ticket: last, length: read.length, beforeConnection }
    },
    async tasksAt(ticket, from) {
      return tasks.get(ticket)?.slice(from, from + sliceLength) ?? []
    },
    async labelsAt(ticket, from) {
      return labels.get(ticket)?.slice(from, from + sliceLength) ?? []
    },
    async drop(ticket) {
      tasks.delete(ticket)
      labels.delete(ticket)
    },
    async maskText(packed) {
      return textOfMask(packed)
    },
  }
}
