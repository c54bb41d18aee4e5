/** The time of day, as an argument: tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
}
