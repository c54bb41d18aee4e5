/** Reads the columns of a row; whatever has another type than was written is damage. */
import { Problem } from '@suggestive/shared/problem'
import type { z } from 'zod'
import type { Row } from './database.ts'

export function textOf(row: Row, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : wrong(column, value)
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column)
}

export function numberOf(row: Row, column: string): number {
  const value = row[column]
  return typeof value === 'number' ? value : wrong(column, value)
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : numberOf(row, column)
}

export function isSet(row: Row, column: string): boolean {
  return numberOf(row, column) !== 0
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  return value instanceof Uint8Array ? value : wrong(column, value)
}

/** ISO 8601 of milliseconds since 1970. */
export function momentOf(row: Row, column: string): string {
  return new Date(numberOf(row, column)).toISOString()
}

export function momentOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : momentOf(row, column)
}

/** One of a few words. */
export function wordOf<Word extends string>(
  row: Row,
  column: string,
  words: readonly Word[],
): Word {
  const value = row[column]
  return words.find((word) => word === value) ?? wrong(column, value)
}

/** A column of JSON. */
export function jsonOf<Schema extends z.ZodType>(
  row: Row,
  column: string,
  schema: Schema,
): z.output<Schema> {
  const text = textOf(row, column)
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return wrong(column, text)
  }
}

function wrong(column: string, value: unknown): never {
  const shown = String(value).slice(0, 40)
  throw new Problem(
    'corrupt-store',
    `The database is damaged (the column ${column} holds ${JSON.stringify(shown)}): stop the sidecar and put a backup in its place with \`suggest restore FILE\`.`,
  )
}
