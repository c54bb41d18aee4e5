/** Rows of a publication by the jobs in which people annotate them. */
import type { PublishedRow } from '@suggestive/shared/tool'
import type { Pool } from '../pool.ts'
import type { Unit } from './order.ts'

/** Rows that are shown at least where there are no suggestions yet. */
const leastShown = 64

/** In the order of their best rows; rows whose frames are gone are left out. */
export function unitsOf(rows: readonly PublishedRow[], pool: Pool): readonly Unit[] {
  const units = new Map<number, { job: number; frame: number; rows: PublishedRow[] }>()
  for (const row of rows) {
    const place = pool.place(row.taskKey)
    if (place === undefined) continue
    const known = units.get(place.job)
    if (known === undefined)
      units.set(place.job, { job: place.job, frame: place.frame, rows: [row] })
    else known.rows.push(row)
  }
  return [...units.values()]
}

/** The part that annotators are shown: what has suggestions, or the first ranks before there are any. */
export function headOf(units: readonly Unit[]): readonly Unit[] {
  const suggested = units.flatMap((unit) => {
    const rows = unit.rows.filter(({ suggestion }) => suggestion !== undefined)
    return rows.length === 0 ? [] : { ...unit, rows }
  })
  return suggested.length > 0 ? suggested : unitsOfRows(units, leastShown)
}

function unitsOfRows(units: readonly Unit[], most: number): readonly Unit[] {
  return units.flatMap((unit) => {
    const rows = unit.rows.filter(({ rank }) => rank <= most)
    return rows.length === 0 ? [] : { ...unit, rows }
  })
}
