/** Projects as they are until the next commit: every request looks one up, and few change anything. */
import type { ProjectRecord, Store } from '../ports/store.ts'

/** What the store's thread says after each commit, before it answers those who wrote. */
export const committed = 'committed'

export interface KnownProjects {
  readonly project: Store['project']
  /** To be called at each commit. */
  forget(): void
}

/** Answers are kept only when no commit came between question and answer: they may be older than it. */
export function createKnownProjects(ask: Store['project']): KnownProjects {
  const known = new Map<string, Promise<ProjectRecord | undefined>>()
  return {
    project(id) {
      const kept = known.get(id)
      if (kept !== undefined) return kept
      const answer = ask(id)
      known.set(id, answer)
      // A failure, and a project that is not there, are asked for again.
      const drop = () => known.get(id) === answer && known.delete(id)
      answer.then((record) => record === undefined && drop(), drop)
      return answer
    },
    forget: () => known.clear(),
  }
}
