/** Values from outside against their schemas. */
import type { z } from 'zod'
import { type FieldError, Problem } from './problem.ts'

/** Errors of one reply at most: ten thousand wrong items have ten thousand times the same cause. */
const mostErrors = 100

/**
 * The value as its schema makes it.
 *
 * @param name what it is, as the subject of the sentence, e.g. `The body`
 * @throws Problem `wrong-use` that names the first wrong field, with one error for each of the first 100
 */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  name: string,
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { issues } = result.error
  const errors = issues.slice(0, mostErrors).map(fieldError)
  const [first] = errors
  const where = first === undefined || first.pointer === '' ? '' : ` at ${first.pointer}`
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  throw new Problem('wrong-use', `${name} is wrong${where}: ${first?.detail}${more}. Correct it.`, {
    errors,
  })
}

/** RFC 6901. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function fieldError({ path, message }: z.core.$ZodIssue): FieldError {
  return { pointer: pointerTo(path), detail: message }
}
