/** JSON logic in the parameter `filter`, as far as the server understands it. */
import { z } from 'zod'
import { invalid } from './refusal.ts'

/** Values of an item by the names that may be filtered and sorted by. */
export type Values = Readonly<Record<string, string | number | null>>

const variable = z.strictObject({ var: z.string() })
const node = z.record(z.string(), z.unknown())

/** @throws Refusal 400 for text that is no JSON logic, unknown operators and unknown names */
export function jsonLogic(text: string, names: readonly string[]): (values: Values) => boolean {
  let logic: unknown
  try {
    logic = JSON.parse(text)
  } catch {
    throw invalid(`filter: failed to parse json logic expression '${text}'`)
  }
  return condition(logic, new Set(names))
}

function condition(logic: unknown, names: ReadonlySet<string>): (values: Values) => boolean {
  const entries = node.safeParse(logic).data
  const [operation, ...more] = Object.entries(entries ?? {})
  if (operation === undefined || more.length > 0) {
    throw invalid(`filter: expression '${JSON.stringify(logic)}' is not supported`)
  }
  const [name, raw] = operation
  const parts: unknown[] = Array.isArray(raw) ? raw : [raw]
  if (name === 'and' || name === 'or') {
    const all = parts.map((part) => condition(part, names))
    return name === 'and'
      ? (values) => all.every((one) => one(values))
      : (values) => all.some((one) => one(values))
  }
  if (name === '!' || name === '!!') {
    const [own = raw] = parts
    const isVariable = variable.safeParse(own).success
    const holds = isVariable ? truth(term(own, names)) : condition(own, names)
    return name === '!!' ? holds : (values) => !holds(values)
  }
  const terms = parts.map((part) => term(part, names))
  const [a, b, c] = terms
  if (a !== undefined && b !== undefined) {
    if (name === 'in') return (values) => isIn(a(values), b(values))
    const compare = comparisons[name]
    if (compare !== undefined && c === undefined) return (values) => compare(a(values), b(values))
    if (name === '<=' && c !== undefined) {
      return (values) => less(a(values), b(values), true) && less(b(values), c(values), true)
    }
  }
  throw invalid(`filter: operation '${name}' with arguments '${python(parts)}' is not supported`)
}

const comparisons: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '==': (a, b) => a === b || (a !== null && b !== null && String(a) === String(b)),
  '<': (a, b) => less(a, b, false),
  '<=': (a, b) => less(a, b, true),
  '>': (a, b) => less(b, a, false),
  '>=': (a, b) => less(b, a, true),
}

function less(a: unknown, b: unknown, orEqual: boolean): boolean {
  if (typeof a === 'number' && typeof b === 'number') return orEqual ? a <= b : a < b
  if (typeof a === 'string' && typeof b === 'string') return orEqual ? a <= b : a < b
  return false
}

/** In a list, or a part of a text. */
function isIn(a: unknown, b: unknown): boolean {
  if (Array.isArray(b)) return b.includes(a)
  return typeof b === 'string' && b.toLowerCase().includes(String(a).toLowerCase())
}

const truth = (own: (values: Values) => unknown) => (values: Values) => Boolean(own(values))

function term(part: unknown, names: ReadonlySet<string>): (values: Values) => unknown {
  const name = variable.safeParse(part).data?.var
  if (name === undefined) {
    const own = typeof part === 'string' ? fullDate(part) : part
    return () => own
  }
  if (!names.has(name)) throw invalid(`filter: '${name}' is not a valid field name`)
  return (values) => values[name]
}

/** Dates are told with six decimals; others become the same, so that they compare as texts. */
function fullDate(text: string): string {
  const [, seconds, decimals = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)$/.exec(text) ?? []
  return seconds === undefined ? text : `${seconds}.${decimals.padEnd(6, '0')}Z`
}

/** As Python prints a list. */
function python(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`
  const entries = node.safeParse(value).data
  if (entries !== undefined) {
    return `{${Object.entries(entries)
      .map(([key, own]) => `'${key}': ${python(own)}`)
      .join(', ')}}`
  }
  return typeof value === 'string' ? `'${value}'` : String(value)
}
