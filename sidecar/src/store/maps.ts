/** Which blobs are the maps of an image. */
import { z } from 'zod'
import type { MapRecord } from '../ports/store.ts'
import type { Database } from './database.ts'
import { projectNumber } from './projects.ts'
import { hasEnded, roundRow } from './rounds.ts'
import { jsonOf } from './row.ts'
import { ended, unknownImage } from './scores.ts'

export const mapRecord = z.strictObject({
  imageDigest: z.string(),
  modelDigest: z.string(),
  round: z.int(),
  width: z.int(),
  height: z.int(),
  uncertainty: z.number(),
  foreground: z.number(),
  mask: z.string(),
  maskPng: z.string(),
  probability: z.array(
    z.strictObject({ classId: z.int(), blob: z.string(), score: z.number().nullable() }),
  ),
  variance: z.string(),
})

/** Visible when the model of the round is the one in use. */
export function stageMaps(
  db: Database,
  name: string,
  round: number,
  maps: readonly MapRecord[],
): void {
  const { row } = roundRow(db, name, round)
  if (hasEnded(row)) throw ended(round)
  putMaps(db, name, maps)
}

export function putMaps(db: Database, name: string, maps: readonly MapRecord[]): void {
  const project = projectNumber(db, name)
  for (const map of maps) {
    const { changes } = db.run(
      `INSERT OR REPLACE INTO maps (project, image, model, round, record)
       SELECT ?, id, ?, ?, ? FROM images WHERE digest = ?`,
      project,
      map.modelDigest,
      map.round,
      JSON.stringify(map),
      map.imageDigest,
    )
    if (changes === 0) throw unknownImage(map.imageDigest)
  }
}

export function mapOf(db: Database, name: string, taskKey: string): MapRecord | undefined {
  const row = db.get(
    `SELECT m.record FROM projects p JOIN tasks t ON t.project = p.id
     JOIN maps m ON m.project = p.id AND m.image = t.image AND m.model = p.model
     WHERE p.name = ? AND t.key = ?`,
    name,
    taskKey,
  )
  return row === undefined ? undefined : jsonOf(row, 'record', mapRecord)
}
