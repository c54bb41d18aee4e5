/** Work that must not overlap. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Begins when everything before it has ended, in whatever way. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#last
  }
}
