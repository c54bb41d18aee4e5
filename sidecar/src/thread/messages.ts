/** What the two sides of a worker thread say to each other. */
import { type FieldError, Problem, type ProblemKind } from '@suggestive/shared/problem'

export type Request =
  | {
      readonly kind: 'call'
      readonly id: number
      readonly method: string
      /** In the place of a signal or a callback stands undefined. */
      readonly args: readonly unknown[]
      /** Places of them among the arguments; -1 for none. */
      readonly signalAt: number
      readonly callbackAt: number
    }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'close' }

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'returned'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'threw'; readonly id: number; readonly failure: Failure }
  /** The callback of a call was called. */
  | { readonly kind: 'progress'; readonly id: number; readonly args: readonly unknown[] }
  /** Belongs to no call. */
  | { readonly kind: 'notice'; readonly value: unknown }

/** An error as plain data; `problem` is null for anything that is not a Problem. */
export interface Failure {
  readonly problem: ProblemKind | null
  readonly message: string
  readonly errors: readonly FieldError[]
  readonly stack: string
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Problem) {
    const { kind, message, errors, stack = '' } = error
    return { problem: kind, message, errors, stack }
  }
  if (error instanceof Error) {
    return { problem: null, message: error.message, errors: [], stack: error.stack ?? '' }
  }
  return { problem: null, message: String(error), errors: [], stack: '' }
}

/** The same error on the other side, with the stack of where it arose. */
export function errorOf({ problem, message, errors, stack }: Failure): Error {
  const error = problem === null ? new Error(message) : new Problem(problem, message, { errors })
  if (stack !== '') error.stack = stack
  return error
}

/** Buffers behind the arrays of a value that nobody else looks at; to be moved instead of copied. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value
    const whole = buffer instanceof ArrayBuffer && byteLength === buffer.byteLength
    return whole && byteLength > 0 ? [buffer] : []
  }
  const inside =
    value instanceof Map
      ? [...value.values()]
      : Array.isArray(value)
        ? value
        : isPlain(value)
          ? Object.values(value)
          : []
  return [...new Set(inside.flatMap(buffersOf))]
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof ArrayBuffer)
}
