/** The one error type of the product: a sentence that says what is wrong, where, and what to do. */

/** Every kind of problem, by whose fault it is; `exit` is the exit code of the command line. */
const kinds = {
  /** The caller asked for something that makes no sense: unknown option, k < 1, mismatched files. */
  'wrong-use': { status: 400, exit: 2 },
  /** A file or a message cannot be read: truncated, empty, not an image. */
  'unreadable-input': { status: 422, exit: 1 },
  /** The disk is full or read-only; nothing was half-written. */
  'storage-failed': { status: 507, exit: 1 },
  /** The requested engine is not installed or does not work on this machine. */
  'engine-unavailable': { status: 503, exit: 1 },
  /** The engine failed while it computed; the last checkpoint is intact. */
  'engine-failed': { status: 500, exit: 1 },
  /** Somebody asked to stop; everything is resumable. */
  cancelled: { status: 499, exit: 130 },
} as const

export type ProblemKind = keyof typeof kinds

/** Thrown for everything that a person has to know; `message` is one clear sentence without a stack trace. */
export class Problem extends Error {
  readonly kind: ProblemKind

  constructor(kind: ProblemKind, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.name = 'Problem'
    this.kind = kind
  }

  get status(): number {
    return kinds[this.kind].status
  }

  get exitCode(): number {
    return kinds[this.kind].exit
  }
}
