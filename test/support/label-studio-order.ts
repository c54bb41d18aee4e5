/** Whether people got the tasks in the order that was published. */
import type { Moment } from './label-studio-facts.ts'

export interface Serving {
  readonly user: string
  readonly task: number
  /** Just before the task was asked for. */
  readonly moment: Moment
  /** All tasks by their scores under the version of that moment. */
  readonly ranks: readonly number[]
}

/** A rank that was not served to this user, or not in its turn, and why. */
export interface Exception {
  readonly user: string
  readonly version: string
  readonly task: number
  /** From 1. */
  readonly rank: number
  readonly why: string
}

export interface OrderFound {
  readonly exceptions: readonly Exception[]
  /** Sentences; empty when all is well. */
  readonly faults: readonly string[]
}

const mostExceptions = 2

/**
 * Every serving must be of the first rank that was free. What another user had got or finished under the same version is
 * taken, as it must be; every other rank that was left out is an exception.
 */
export function checkOrder(servings: readonly Serving[]): OrderFound {
  const exceptions = new Map<string, Exception>()
  const faults: string[] = []
  const servedBy = new Map<number, string>()
  for (const [index, { user, task, moment, ranks }] of servings.entries()) {
    const { version, finished, skipped, own, locked } = moment
    const served = new Set(
      servings
        .slice(0, index)
        .filter((one) => one.moment.version === version)
        .map((one) => one.task),
    )
    const note = (which: number, why: string) => {
      const exception = { user, version, task: which, rank: ranks.indexOf(which) + 1, why }
      exceptions.set(`${user} ${version} ${which}`, exception)
    }
    const expected = own.has(task) ? task : ranks.find((one) => isFree(one))
    if (own.has(task)) note(task, 'the user had it open already')
    else {
      for (const before of ranks.slice(0, Math.max(0, ranks.indexOf(task)))) {
        if (skipped.has(before)) note(before, 'skipped by the user')
        else if (!served.has(before)) {
          if (locked.has(before)) note(before, 'open since an earlier order')
          else if (finished.has(before)) note(before, 'finished since the order was made')
        }
      }
    }
    if (task !== expected) {
      const rank = ranks.indexOf(task) + 1
      faults.push(
        `${user} got task ${task} (rank ${rank}) under ${version}, but ${expected} (rank ${ranks.indexOf(expected ?? 0) + 1}) was free.`,
      )
    }
    const before = servedBy.get(task)
    if (before !== undefined && before !== user) {
      if (moment.skippedByOthers.has(task)) note(task, `skipped by ${before}`)
      else faults.push(`Task ${task} was served to ${before} and to ${user}.`)
    }
    servedBy.set(task, user)

    function isFree(one: number): boolean {
      return !finished.has(one) && !skipped.has(one) && !locked.has(one)
    }
  }
  const counts = new Map<string, number>()
  for (const { user, version } of exceptions.values()) {
    const key = `${user} under ${version}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  for (const [key, count] of counts) {
    if (count > mostExceptions) faults.push(`${count} exceptions for ${key}.`)
  }
  return { exceptions: [...exceptions.values()], faults }
}
