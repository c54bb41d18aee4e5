/** What is known about images: their size, whether their bytes are here, whether they can be used. */
import type { ImageFacts } from '../ports/store.ts'
import type { Database, Row } from './database.ts'
import { clearImageProblem } from './problems.ts'
import { bump } from './projects.ts'
import { numberOf, textOf } from './row.ts'
import { isUsable, noteUsable } from './verdicts.ts'

/** The number of an image, which may be new. */
export function imageNumber(db: Database, digest: string): number {
  const row = db.get('SELECT id FROM images WHERE digest = ?', digest)
  return row === undefined
    ? db.run('INSERT INTO images (digest) VALUES (?)', digest).id
    : numberOf(row, 'id')
}

/** Its bytes are here, perhaps better ones than before: what was wrong with them is tried again. */
export function noteImage(db: Database, image: ImageFacts, at: number): void {
  const id = imageNumber(db, image.digest)
  const wasUsable = isUsable(db, id)
  db.run(
    `UPDATE images SET bytes = ?, width = ?, height = ?, stored = 1, broken = NULL, used_at = ?
     WHERE id = ?`,
    image.bytes,
    image.width,
    image.height,
    at,
    id,
  )
  if (!wasUsable && isUsable(db, id)) noteUsable(db, id, at)
  for (const project of usersOf(db, id)) {
    clearImageProblem(db, project, id, 'broken-image', at)
    bump(db, project)
  }
}

/** Of those whose bytes are here, in the order asked. */
export function images(db: Database, digests: readonly string[]): readonly ImageFacts[] {
  return digests.flatMap((digest) => {
    const row = db.get(
      'SELECT digest, bytes, width, height FROM images WHERE digest = ? AND stored = 1',
      digest,
    )
    return row === undefined ? [] : [factsOf(row)]
  })
}

export function projectsWith(db: Database, digests: readonly string[]): readonly string[] {
  const names = new Set<string>()
  for (const digest of digests) {
    const rows = db.all(
      `SELECT DISTINCT p.name FROM images i JOIN tasks t ON t.image = i.id
       JOIN projects p ON p.id = t.project WHERE i.digest = ? AND t.state <> 'gone'`,
      digest,
    )
    for (const row of rows) names.add(textOf(row, 'name'))
  }
  return [...names].sort()
}

export function forgetImage(db: Database, digest: string): void {
  db.run('UPDATE images SET stored = 0 WHERE digest = ? AND stored = 1', digest)
}

export function touchImages(db: Database, digests: readonly string[], at: number): void {
  for (const digest of digests) db.run('UPDATE images SET used_at = ? WHERE digest = ?', at, digest)
}

export function imageUse(db: Database): { readonly count: number; readonly bytes: number } {
  const row = db.get('SELECT count(*) AS count, total(bytes) AS bytes FROM images WHERE stored = 1')
  return { count: numberOf(row ?? {}, 'count'), bytes: numberOf(row ?? {}, 'bytes') }
}

export function leastUsedImages(db: Database, limit: number): readonly ImageFacts[] {
  return db
    .all(
      `SELECT digest, bytes, width, height FROM images WHERE stored = 1
       ORDER BY used_at, id LIMIT ?`,
      limit,
    )
    .map(factsOf)
}

export function markBroken(
  db: Database,
  digest: string,
  sentence: string | null,
  at: number,
): void {
  const id = imageNumber(db, digest)
  const wasUsable = isUsable(db, id)
  const { changes } = db.run(
    'UPDATE images SET broken = ? WHERE id = ? AND broken IS NOT ?',
    sentence,
    id,
    sentence,
  )
  if (changes === 0) return
  if (!wasUsable && isUsable(db, id)) noteUsable(db, id, at)
  for (const project of usersOf(db, id)) {
    if (sentence === null) clearImageProblem(db, project, id, 'broken-image', at)
    bump(db, project)
  }
}

function usersOf(db: Database, image: number): readonly number[] {
  const rows = db.all('SELECT DISTINCT project FROM tasks WHERE image = ?', image)
  return rows.map((row) => numberOf(row, 'project'))
}

function factsOf(row: Row): ImageFacts {
  return {
    digest: textOf(row, 'digest'),
    bytes: numberOf(row, 'bytes'),
    width: numberOf(row, 'width'),
    height: numberOf(row, 'height'),
  }
}
