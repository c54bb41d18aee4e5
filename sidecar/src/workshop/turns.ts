/** One prediction at a time: the engine holds one model, and who waits for an answer goes first. */
export interface Turns {
  /** Runs `work` alone; urgent work starts before everything else that waits. */
  run<Result>(urgent: boolean, work: () => Promise<Result>): Promise<Result>
}

export function createTurns(): Turns {
  const waiting: { readonly urgent: boolean; readonly start: () => void }[] = []
  let busy = false
  const next = () => {
    const first = waiting.findIndex(({ urgent }) => urgent)
    const [turn] = waiting.splice(Math.max(0, first), 1)
    busy = turn !== undefined
    turn?.start()
  }
  return {
    async run(urgent, work) {
      if (busy) await new Promise<void>((start) => waiting.push({ urgent, start }))
      busy = true
      try {
        return await work()
      } finally {
        next()
      }
    },
  }
}
