/** A text that is compared and sent, but never printed, logged or serialised by accident. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const shown = '[secret]'

export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself, for the one place that sends it. */
  reveal(): string {
    return this.#text
  }

  /** Takes the same time wherever the texts differ. */
  isEqual(text: string): boolean {
    return timingSafeEqual(hash(this.#text), hash(text))
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [inspect.custom](): string {
    return shown
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
