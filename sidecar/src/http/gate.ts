/** Lets in as much as fits into the memory; the rest waits for its turn. */

export interface Gate {
  /** Runs the work as soon as there is room for so many bytes; in the order of the calls. */
  run<Result>(bytes: number, work: () => Promise<Result>): Promise<Result>
}

/** @param mostBytes at a time; somebody with more is let in alone */
export function createGate(mostBytes: number): Gate {
  const waiting: { readonly bytes: number; readonly enter: () => void }[] = []
  let inside = 0

  function admit() {
    for (;;) {
      const [next] = waiting
      if (next === undefined || (inside > 0 && inside + next.bytes > mostBytes)) return
      waiting.shift()
      inside += next.bytes
      next.enter()
    }
  }

  return {
    async run(bytes, work) {
      await new Promise<void>((enter) => {
        waiting.push({ bytes, enter })
        admit()
      })
      try {
        return await work()
      } finally {
        inside -= bytes
        admit()
      }
    },
  }
}
