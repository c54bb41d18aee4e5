/** Dates as the server writes them. */

/** @param stamp microseconds since 1970 @returns e.g. `2026-11-23T13:33:49.317542Z` */
export function date(stamp: number): string {
  const micro = String(stamp % 1000).padStart(3, '0')
  return new Date(Math.floor(stamp / 1000)).toISOString().replace('Z', `${micro}Z`)
}

export const dateOrNull = (stamp: number | null) => (stamp === null ? null : date(stamp))
