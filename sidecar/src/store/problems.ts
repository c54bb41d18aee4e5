/** Problems that somebody has to do something about. */
import type { ProblemView } from '@suggestive/shared/protocol/event'
import { type ImageProblemKind, imageProblemKey } from '../domain/image-problem.ts'
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
  removeProblem(db, name === null ? none : projectNumber(db, name), key, at)
}

function removeProblem(db: Database, project: number, key: string, at: number): void {
  const { changes } = db.run('DELETE FROM problems WHERE project = ? AND key = ?', project, key)
  if (changes === 0) return
  tell(db, project === none ? null : project, 'problem.cleared', { key }, at)
  bump(db, project)
}

/** Whatever was said of an image in a project is no longer so; a key says which one by the begin of its digest. */
export function clearImageProblem(
  db: Database,
  project: number,
  image: number,
  kind: ImageProblemKind,
  at: number,
): void {
  const row = db.get('SELECT digest FROM images WHERE id = ?', image)
  if (row === undefined) return
  removeProblem(db, project, imageProblemKey(kind, textOf(row, 'digest')), at)
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
