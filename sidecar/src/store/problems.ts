/** Problems that somebody has to do something about. */
import type { ProblemView } from '@suggestive/shared/protocol/event'
import type { NewProblem } from '../ports/store.ts'
import type { Database } from './database.ts'
import { tell } from './events.ts'
import { bump, projectNumber } from './projects.ts'
import { momentOf, textOf, textOrNull } from './row.ts'

/** In the place of a project: it concerns all. */
const none = 0

export function raiseProblem(db: Database, problem: NewProblem, at: number): void {
  const { key, sentence, remedy, url = null } = problem
  const project = problem.project === null ? none : projectNumber(db, problem.project)
  const { changes } = db.run(
    `INSERT OR IGNORE INTO problems (project, key, sentence, remedy, url, raised_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    project,
    key,
    sentence,
    remedy,
    url,
    at,
  )
  if (changes === 0) return
  tell(db, project === none ? null : project, 'problem.raised', { key, sentence, remedy }, at)
  bump(db, project)
}

export function clearProblem(db: Database, name: string | null, key: string, at: number): void {
  const project = name === null ? none : projectNumber(db, name)
  const { changes } = db.run('DELETE FROM problems WHERE project = ? AND key = ?', project, key)
  if (changes === 0) return
  tell(db, project === none ? null : project, 'problem.cleared', { key }, at)
  bump(db, project)
}

/** Oldest first. */
export function problems(db: Database, name?: string): readonly ProblemView[] {
  const columns =
    'SELECT q.*, p.name AS project_name FROM problems q LEFT JOIN projects p ON p.id = q.project'
  const order = 'ORDER BY q.raised_at, q.project, q.key'
  const rows =
    name === undefined
      ? db.all(`${columns} ${order}`)
      : db.all(`${columns} WHERE q.project IN (?, ?) ${order}`, none, projectNumber(db, name))
  return rows.map((row) => ({
    key: textOf(row, 'key'),
    project: textOrNull(row, 'project_name'),
    sentence: textOf(row, 'sentence'),
    remedy: textOf(row, 'remedy'),
    url: textOrNull(row, 'url'),
    raisedAt: momentOf(row, 'raised_at'),
  }))
}
