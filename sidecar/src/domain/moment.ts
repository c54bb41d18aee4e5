/** Moments as milliseconds since 1970 and as ISO 8601 texts in UTC; no clock is read here. */

const dayMs = 86_400_000

/** Days since 1970-01-01 of a date of the Gregorian calendar (H. Hinnant, "chrono-compatible date algorithms"). */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  return era * 146_097 + yearOfEra * 365 + leaps + dayOfYear - 719_468
}

function dateOf(days: number): readonly [number, number, number] {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const day = z - era * 146_097
  const leaps = Math.floor(day / 1460) - Math.floor(day / 36_524) + Math.floor(day / 146_096)
  const yearOfEra = Math.floor((day - leaps) / 365)
  const years = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const dayOfYear = day - (365 * yearOfEra + years)
  const part = Math.floor((5 * dayOfYear + 2) / 153)
  const month = part + (part < 10 ? 3 : -9)
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return [year, month, dayOfYear - Math.floor((153 * part + 2) / 5) + 1]
}

const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?Z$/

/** Milliseconds since 1970 of `2026-11-24T10:15:00.000Z`. Throws a RangeError for another shape. */
export function millisecondsOf(moment: string): number {
  const found = shape.exec(moment)
  if (found === null) throw new RangeError(`${moment} is no moment in UTC`)
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1, 7)
    .map(Number)
  const fraction = Number((found[7] ?? '').padEnd(3, '0'))
  const clock = ((hours * 60 + minutes) * 60 + seconds) * 1000
  return daysOf(year, month, day) * dayMs + clock + fraction
}

/** `2026-11-24T10:15:00.000Z`; years 0 to 9999. */
export function momentOf(milliseconds: number): string {
  const days = Math.floor(milliseconds / dayMs)
  const rest = Math.floor(milliseconds - days * dayMs)
  const two = (value: number, length = 2) => String(value).padStart(length, '0')
  const [year, month, day] = dateOf(days)
  const seconds = Math.floor(rest / 1000)
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${two(year, 4)}-${two(month)}-${two(day)}T${two(h)}:${two(m)}:${two(s)}.${two(rest % 1000, 3)}Z`
}
