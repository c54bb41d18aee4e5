/** What became of the pre-label that an annotator was shown. */
import type { Label } from '@suggestive/shared/protocol/label'
import type { Annotation, Region } from './annotation.ts'

/** Regions keep their ids when the tool copies a prediction into an annotation. */
type RegionId = Pick<Region, 'id'>

/** A prediction of the task; `result` where it is known, so that a deleted region counts as a change. */
export interface ShownPrediction {
  readonly id: number
  readonly modelVersion: string
  readonly result?: readonly RegionId[] | undefined
}

export interface Predictions {
  /** Those of the task. */
  readonly predictions: readonly ShownPrediction[]
  /** The model of one of our versions; undefined for other people's. */
  readonly modelDigestOf: (modelVersion: string) => string | undefined
  /** The version that the project shows: who starts from nothing has ignored its pre-label. */
  readonly shownVersion?: string | undefined
}

/**
 * `accepted`: the regions are those of the prediction, untouched. `edited`: it was the start, and something differs.
 * `ignored`: it was there, but the annotation was started without it. Undefined where there was none of ours, or one
 * without regions (tasks far back in the queue have only a score).
 */
export function prelabelOf(
  annotation: Annotation,
  { predictions, modelDigestOf, shownVersion }: Predictions,
): Label['prelabel'] {
  const parent = annotation.parent_prediction ?? undefined
  const known = predictions.find(({ id, modelVersion }) =>
    parent === undefined ? modelVersion === shownVersion : id === parent,
  )
  const copy = parent === undefined ? undefined : annotation.prediction
  const version = known?.modelVersion ?? copy?.model_version ?? undefined
  const shown = known?.result ?? copy?.result
  const modelDigest = version === undefined ? undefined : modelDigestOf(version)
  if (modelDigest === undefined || shown?.length === 0) return undefined
  if (parent === undefined) return { modelDigest, use: 'ignored' }
  return { modelDigest, use: isUntouched(annotation.result, shown) ? 'accepted' : 'edited' }
}

function isUntouched(regions: readonly Region[], shown: readonly RegionId[] | undefined): boolean {
  if (regions.length === 0 || regions.some(({ origin }) => origin !== 'prediction')) return false
  if (shown === undefined) return true
  const ids = new Set(regions.map(({ id }) => id))
  return (
    ids.size === new Set(shown.map(({ id }) => id)).size && shown.every(({ id }) => ids.has(id))
  )
}
