/** Waiting, as an argument: tests bring their own. */
export interface Timers {
  /** Calls back once after so many milliseconds. @returns how to prevent that */
  after(ms: number, callback: () => void): () => void
}
