/** The `Workshop` port over an engine and blobs. */

import { mapLevels } from '../domain/map-levels.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Workshop } from '../ports/workshop.ts'
import type { Engine } from '../ports.ts'
import { appearances } from './appearances.ts'
import { orderByAppearance } from './cold-start.ts'
import { join } from './join.ts'
import { maps } from './maps.ts'
import { createModels } from './models.ts'
import { score } from './score.ts'
import { segmentMaps } from './segment.ts'
import { select } from './select.ts'
import { readMap } from './stored-map.ts'
import { createTrainer } from './train-member.ts'
import { createTurns } from './turns.ts'

export interface WorkshopParts {
  readonly engine: Engine
  readonly blobs: Blobs
  /** Folder for the checkpoints of trainings. */
  readonly checkpoints: string
}

export function createWorkshop({ engine, blobs, checkpoints }: WorkshopParts): Workshop {
  const predicting = { engine, blobs, models: createModels(blobs), turns: createTurns() }
  return {
    ...createTrainer(engine, blobs, checkpoints),
    info: () => engine.info(),
    join: (members) => join(blobs, members),
    score: (modelDigest, images, signal) => score(predicting, modelDigest, images, signal),
    maps: (work, signal) => maps(predicting, work, signal),
    select: (work) => select(blobs, work),
    appearances: (images, signal) => appearances(blobs, images, signal),
    coldStart: (work) => orderByAppearance(blobs, work),
    segment: (work) => segmentMaps(blobs, work),
    async levels(map) {
      const { width, height, data } = await readMap(blobs, map)
      return mapLevels(width, height, data)
    },
    close: () => engine.close(),
  }
}
