/** Work of which only one run is under way; what is asked for meanwhile is done in one further run. */
export interface Loop {
  /** Resolves when a run has ended that began after this call. */
  run(): Promise<void>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** @param work must not throw */
export function createLoop(work: () => Promise<void>): Loop {
  let current: Promise<void> | undefined
  let following: Promise<void> | undefined

  function begin(): Promise<void> {
    current = work().finally(() => {
      current = undefined
    })
    return current
  }

  return {
    run() {
      if (current === undefined) return begin()
      following ??= current.then(() => {
        following = undefined
        return begin()
      })
      return following
    },
    async idle() {
      while (current !== undefined) await (following ?? current)
    },
  }
}
