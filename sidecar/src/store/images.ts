/** What is known about images: their size, whether their bytes are here, whether they can be used. */
import type { ImageFacts } from '../ports/store.ts'
import type { Database, Row } from './database.ts'
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

export function noteImage(db: Database, image: ImageFacts, at: number): void {
  const id = imageNumber(db, image.digest)
  const wasUsable = isUsable(db, id)
  db.run(
    'UPDATE images SET bytes = ?, width = ?, height = ?, stored = 1, used_at = ? WHERE id = ?',
    image.bytes,
    image.width,
    image.height,
    at,
    id,
  )
  if (!wasUsable && isUsable(db, id)) noteUsable(db, id, at)
  bumpUsers(db, id)
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
  bumpUsers(db, id)
}

function bumpUsers(db: Database, image: number): void {
  const users = db.all('SELECT DISTINCT project FROM tasks WHERE image = ?', image)
  for (const row of users) bump(db, numberOf(row, 'project'))
}

function factsOf(row: Row): ImageFacts {
  return {
    digest: textOf(row, 'digest'),
    bytes: numberOf(row, 'bytes'),
    width: numberOf(row, 'width'),
    height: numberOf(row, 'height'),
  }
}
