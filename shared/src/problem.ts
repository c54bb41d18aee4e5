/** The one error type of the product: a sentence that says what is wrong, where, and what to do. */

/** Every kind of problem, by whose fault it is; `exit` is the exit code of the command line. */
const kinds = {
  /** The caller asked for something that makes no sense: unknown option, k < 1, mismatched files. */
  'wrong-use': { status: 400, exit: 2, title: 'The request makes no sense' },
  /** The other side speaks another major version of the protocol. */
  'protocol-mismatch': { status: 400, exit: 1, title: 'The versions do not understand each other' },
  unauthorised: { status: 401, exit: 1, title: 'Nobody is signed in' },
  forbidden: { status: 403, exit: 1, title: 'This role may not do that' },
  'not-found': { status: 404, exit: 1, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, exit: 1, title: 'This address has no such method' },
  /** It contradicts what is there: an id that is taken, a round that runs already. */
  conflict: { status: 409, exit: 1, title: 'It contradicts what is there' },
  'too-few-labels': { status: 409, exit: 1, title: 'There are too few labels' },
  'precondition-failed': { status: 412, exit: 1, title: 'It was changed by somebody else' },
  'too-large': { status: 413, exit: 1, title: 'The request is too large' },
  'wrong-media-type': { status: 415, exit: 1, title: 'The content has another type' },
  /** A file or a message cannot be read: truncated, empty, not an image. */
  'unreadable-input': { status: 422, exit: 1, title: 'The content cannot be read' },
  /** An idempotency key came again with another request. */
  'key-reused': { status: 422, exit: 1, title: 'The key belongs to another request' },
  'digest-mismatch': { status: 422, exit: 1, title: 'The content is not what its digest says' },
  'too-many-requests': { status: 429, exit: 1, title: 'Too many requests' },
  /** Somebody asked to stop; everything is resumable. */
  cancelled: { status: 499, exit: 130, title: 'It was stopped' },
  /** A fault of ours; the log says more. */
  internal: { status: 500, exit: 1, title: 'Something unexpected went wrong' },
  /** The engine failed while it computed; the last checkpoint is intact. */
  'engine-failed': { status: 500, exit: 1, title: 'The computation failed' },
  'corrupt-blob': { status: 500, exit: 1, title: 'A stored file is damaged' },
  'corrupt-store': { status: 500, exit: 1, title: 'The database is damaged' },
  /** The labelling tool cannot be reached, or does not answer as it should. */
  'tool-failed': { status: 502, exit: 1, title: 'The labelling tool failed' },
  /** The requested engine is not installed or does not work on this machine. */
  'engine-unavailable': { status: 503, exit: 1, title: 'The engine is not available' },
  /** Computed later: ask again. */
  'not-ready': { status: 503, exit: 1, title: 'It is not ready yet' },
  /** The disk is full or read-only; nothing was half-written. */
  'storage-failed': { status: 507, exit: 1, title: 'It could not be stored' },
} as const

export type ProblemKind = keyof typeof kinds

export function isProblemKind(word: string): word is ProblemKind {
  return Object.hasOwn(kinds, word)
}

/** One field of a request and what is wrong with it; `pointer` as in RFC 6901, e.g. `/tasks/3/name`. */
export interface FieldError {
  readonly pointer: string
  readonly detail: string
}

/** Thrown for everything that a person has to know; `message` is one clear sentence without a stack trace. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly errors: readonly FieldError[]

  constructor(
    kind: ProblemKind,
    sentence: string,
    options?: { cause?: unknown; errors?: readonly FieldError[] },
  ) {
    super(sentence, options)
    this.name = 'Problem'
    this.kind = kind
    this.errors = options?.errors ?? []
  }

  get status(): number {
    return kinds[this.kind].status
  }

  get exitCode(): number {
    return kinds[this.kind].exit
  }

  /** The same for all problems of the kind. */
  get title(): string {
    return kinds[this.kind].title
  }
}
