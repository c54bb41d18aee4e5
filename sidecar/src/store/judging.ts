/** Judges a project again after its settings have changed: in slices, so that labels get in between. */
import type { Database } from './database.ts'
import { bump } from './projects.ts'
import { numberOf } from './row.ts'
import { decide, type Unit, unitsToJudge, verdictSettings } from './verdicts.ts'

/** Units of one transaction. */
const atOnce = 100

interface Judging {
  readonly id: number
  readonly project: number
  readonly at: number
  readonly units: Unit[]
}

export function hasJudgings(db: Database): boolean {
  return db.get('SELECT 1 FROM judgings LIMIT 1') !== undefined
}

/**
 * What is noted as to be judged stays noted until all of it is: after a crash it begins again.
 *
 * @returns one slice after the other; false when nothing is left
 */
export function createJudge(): (db: Database) => boolean {
  let current: Judging | undefined
  return (db) => {
    current ??= nextJudging(db)
    if (current === undefined) return false
    const { id, project, at, units } = current
    const settings = verdictSettings(db, project)
    for (const unit of units.splice(0, atOnce)) decide(db, unit, settings, at)
    bump(db, project)
    if (units.length > 0) return true
    db.run('DELETE FROM judgings WHERE id = ?', id)
    current = undefined
    return true
  }
}

function nextJudging(db: Database): Judging | undefined {
  const row = db.get('SELECT id, project, at FROM judgings ORDER BY id LIMIT 1')
  if (row === undefined) return undefined
  const project = numberOf(row, 'project')
  const facts = { id: numberOf(row, 'id'), project, at: numberOf(row, 'at') }
  return { ...facts, units: [...unitsToJudge(db, project)] }
}
