/** Work on one project runs one piece after the other; projects do not wait for each other. */
export interface Lanes {
  run<Result>(project: string, work: () => Promise<Result>): Promise<Result>
}

export function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>()
  return {
    run(project, work) {
      const before = last.get(project) ?? Promise.resolve()
      const result = before.then(work)
      const settled = result.then(
        () => undefined,
        () => undefined,
      )
      last.set(project, settled)
      void settled.then(() => {
        if (last.get(project) === settled) last.delete(project)
      })
      return result
    },
  }
}
