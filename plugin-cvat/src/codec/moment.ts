/** Dates of CVAT. */

/**
 * Microseconds since 1970, exact: `updated_date` has six digits or none, and two changes may lie within a millisecond.
 *
 * @param date ISO 8601, e.g. `2026-11-23T13:34:43.043387Z`
 */
export function microsecondsOf(date: string): number {
  const digits = /\.(\d{1,6})/.exec(date)?.[1] ?? ''
  return Math.floor(Date.parse(date) / 1000) * 1_000_000 + Number(digits.padEnd(6, '0'))
}
