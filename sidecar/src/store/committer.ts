/** Group commit: everything that waits goes into one transaction, each call in its own savepoint. */
import type { Database } from './database.ts'

interface Call {
  readonly isWrite: boolean
  readonly work: () => unknown
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** A group ends when its work has taken this long: those who wait shall not wait for all others. */
const GROUP_MS = 20

export class Committer {
  readonly #db: Database
  readonly #afterCommit: () => void
  #waiting: Call[] = []
  #isScheduled = false

  /** @param afterCommit called after each commit, before the calls are answered */
  constructor(db: Database, afterCommit: () => void) {
    this.#db = db
    this.#afterCommit = afterCommit
  }

  /** Resolves when what the work wrote is on the disk; work that throws leaves nothing. */
  write<Result>(work: () => Result): Promise<Result> {
    return this.#add(true, work)
  }

  /** Sees everything that was asked for before it. */
  read<Result>(work: () => Result): Promise<Result> {
    return this.#add(false, work)
  }

  /** Resolves when everything asked for before has been answered. */
  async settled(): Promise<void> {
    await this.read(() => undefined)
  }

  #add<Result>(isWrite: boolean, work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const results: Result[] = []
      this.#waiting.push({
        isWrite,
        work: () => results.push(work()),
        resolve: () => {
          for (const result of results) resolve(result)
        },
        reject,
      })
      this.#schedule()
    })
  }

  #schedule() {
    if (this.#isScheduled) return
    this.#isScheduled = true
    // After all messages that have arrived by then.
    setImmediate(() => {
      this.#isScheduled = false
      this.#drain()
      if (this.#waiting.length > 0) this.#schedule()
    })
  }

  #drain() {
    const calls = this.#waiting
    this.#waiting = []
    const until = performance.now() + GROUP_MS
    let next = 0
    // Reads before the first write need not wait for the disk.
    for (; calls[next]?.isWrite === false && performance.now() < until; next++) {
      settle(calls[next], attempt(calls[next]))
    }
    if (calls[next]?.isWrite === true) next = this.#group(calls, next, until)
    this.#waiting = [...calls.slice(next), ...this.#waiting]
  }

  /** Commits calls from `first` on; returns where it stopped. */
  #group(calls: readonly Call[], first: number, until: number): number {
    const outcomes: Outcome[] = []
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      do {
        const call = calls[first + outcomes.length]
        if (call === undefined) break
        outcomes.push(call.isWrite ? this.#savepoint(call) : attempt(call))
      } while (performance.now() < until)
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      // Nothing of the group is on the disk.
      const end = first + Math.max(outcomes.length, 1)
      for (const call of calls.slice(first, end)) call.reject(error)
      return end
    }
    this.#afterCommit()
    outcomes.forEach((outcome, i) => {
      settle(calls[first + i], outcome)
    })
    return first + outcomes.length
  }

  #savepoint(call: Call): Outcome {
    this.#db.exec('SAVEPOINT call')
    const outcome = attempt(call)
    if (outcome.failed) {
      // A full disk, for one, has ended the whole transaction.
      if (!this.#db.isTransaction) throw outcome.error
      this.#db.exec('ROLLBACK TO call')
    }
    this.#db.exec('RELEASE call')
    return outcome
  }
}

type Outcome = { readonly failed: false } | { readonly failed: true; readonly error: unknown }

function attempt(call: Call | undefined): Outcome {
  try {
    call?.work()
    return { failed: false }
  } catch (error) {
    return { failed: true, error }
  }
}

function settle(call: Call | undefined, outcome: Outcome) {
  if (outcome.failed) call?.reject(outcome.error)
  else call?.resolve()
}
