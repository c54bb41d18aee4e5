/** Applies an ensemble to the test set and to the unlabelled pool of a replay. */
import { Problem } from '@suggestive/shared/problem'
import { tableOfRows } from '../../domain/descriptor-table.ts'
import type { Model } from '../../domain/model.ts'
import { meanCosine } from '../../domain/similarity.ts'
import type { PoolScores } from '../../domain/strategies.ts'
import type { Engine, Prediction } from '../../ports.ts'
import { type Calibration, tallyCalibration } from './calibration.ts'
import type { ReplayEvent } from './events.ts'
import { figuresOf, type ImageScores, scoreImage, type TestFigures } from './figures.ts'
import { type Neighbours, nearest } from './neighbours.ts'
import type { ReplaySource } from './source.ts'

/** Neighbours that are kept of every test image. */
const neighbourCount = 4

export interface Measured {
  readonly figures: TestFigures
  readonly calibration: Calibration
  readonly neighbours: readonly Neighbours[]
}

/** What predicting needs besides the images. */
export interface Predictor {
  readonly engine: Engine
  readonly on: (event: ReplayEvent) => void
  readonly signal: AbortSignal
}

/** Test figures of an ensemble: mean probability, largest class. Holds one prediction at a time. */
export async function measure(
  model: Model,
  test: readonly ReplaySource[],
  { engine, on, signal }: Predictor,
): Promise<Measured> {
  const classes = model.header.classValues.length
  const calibration = tallyCalibration()
  const images: ImageScores[] = []
  const descriptors: Float32Array[] = []
  for (const source of test) {
    const prediction = await engine.predict(model, await source.readPicture(), signal)
    const truth = await source.readMask()
    requireTruthOf(source, prediction, truth)
    images.push(scoreImage(prediction.mask, truth, classes, await source.readObjects?.()))
    calibration.add(prediction, truth)
    descriptors.push(prediction.descriptor)
    on({ kind: 'predicted', of: 'test', done: images.length, total: test.length })
  }
  return {
    figures: figuresOf(images),
    calibration: calibration.result(),
    neighbours: nearest(descriptors, neighbourCount),
  }
}

/**
 * An ensemble's opinion of the given rows of the pool. Rows that were not asked for have no scores (NaN) and the
 * descriptor 0.
 */
export async function scorePool(
  model: Model,
  pool: readonly ReplaySource[],
  rows: readonly number[],
  { engine, on, signal }: Predictor,
): Promise<PoolScores> {
  const uncertainty = new Float64Array(pool.length).fill(Number.NaN)
  const foreground = new Float64Array(pool.length).fill(Number.NaN)
  const found = new Map<number, Float32Array>()
  for (const row of rows) {
    const source = pool[row]
    if (!source) throw new RangeError(`no row ${row} in a pool of ${pool.length}`)
    const prediction = await engine.predict(model, await source.readPicture(), signal)
    uncertainty[row] = prediction.uncertainty
    foreground[row] = prediction.foreground
    found.set(row, prediction.descriptor)
    on({ kind: 'predicted', of: 'pool', done: found.size, total: rows.length })
  }
  const nothing = new Float32Array(found.values().next().value?.length ?? 0)
  const descriptors = tableOfRows(pool.map((_, row) => found.get(row) ?? nothing))
  return { uncertainty, foreground, descriptors, measure: meanCosine }
}

function requireTruthOf(
  source: ReplaySource,
  prediction: Prediction,
  truth: { readonly width: number; readonly height: number },
): void {
  if (prediction.width === truth.width && prediction.height === truth.height) return
  throw new Problem(
    'unreadable-input',
    `The mask of ${source.name} has ${truth.width} x ${truth.height} pixels, but its image ${prediction.width} x ${prediction.height}; give a mask of the image's size.`,
  )
}
