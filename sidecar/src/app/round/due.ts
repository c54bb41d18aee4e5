/** When a project's next round starts by itself. Issue: k fresh labels, or one and a pause, or labels meanwhile. */
import type { ProjectSettings } from '@suggestive/shared/protocol/project'
import type { RoundView } from '@suggestive/shared/protocol/round'
import { millisecondsOf } from '../../domain/moment.ts'
import type { RoundInputs } from '../../ports/store.ts'

export interface DueQuery {
  readonly settings: Pick<ProjectSettings, 'k' | 'idleMinutes'>
  readonly paused: boolean
  readonly inputs: RoundInputs
  /** The latest round, if there was one; it has ended unless `inputs.active` says otherwise. */
  readonly last: Pick<RoundView, 'state' | 'finishedAt'> | undefined
  /** Labels were there before the project was connected. */
  readonly hasEarlierLabels: boolean
  /** That round ended just now: whatever is new came meanwhile. */
  readonly justEnded: boolean
  /** When a first round was possible, milliseconds since 1970; undefined when it is not. */
  readonly readyAt: number | undefined
  readonly now: number
}

export type Due =
  | { readonly kind: 'now'; readonly reason: 'first' | 'labels' | 'idle' }
  /** Ask again then; nothing needs to happen before. */
  | { readonly kind: 'later'; readonly at: number }
  | { readonly kind: 'waiting' }

/** Fewest labelled images of a round. */
export const fewestImages = 2

/** A project that is being connected has sent its labels when none became usable for so long. */
const settledMs = 5000

/** But however long they keep coming, its first round waits no longer. */
const patienceMs = 60_000

export function due(query: DueQuery): Due {
  const { settings, paused, inputs, last, now } = query
  const { labelled, fresh, lastAt, active } = inputs
  if (paused || active !== null || labelled < fewestImages || fresh < 1) return { kind: 'waiting' }
  const reason = last === undefined ? 'first' : undefined
  if (last === undefined && query.hasEarlierLabels) {
    const settledAt = (lastAt ?? now) + settledMs
    const at = Math.min(settledAt, (query.readyAt ?? now) + patienceMs)
    return now < at ? { kind: 'later', at } : { kind: 'now', reason: 'first' }
  }
  const newest = lastAt ?? now
  const endedAt = last?.finishedAt ? millisecondsOf(last.finishedAt) : Number.NEGATIVE_INFINITY
  // Labels that a failed or cancelled round did not get to wait for newer ones, or for somebody to ask.
  if (last !== undefined && last.state !== 'finished' && newest <= endedAt) {
    return { kind: 'waiting' }
  }
  if (fresh >= settings.k) return { kind: 'now', reason: reason ?? 'labels' }
  if (last?.state === 'finished' && (query.justEnded || newest < endedAt)) {
    return { kind: 'now', reason: 'labels' }
  }
  const idleAt = newest + settings.idleMinutes * 60_000
  if (now < idleAt) return { kind: 'later', at: idleAt }
  return { kind: 'now', reason: reason ?? 'idle' }
}
