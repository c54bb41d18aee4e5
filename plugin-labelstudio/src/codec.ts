/** Annotations of Label Studio as labels of the product. */
import { runsOf } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import type { Label, RunMask } from '@suggestive/shared/protocol/label'
import { checked } from '@suggestive/shared/schema'
import { type Annotation, annotation } from './codec/annotation.ts'
import type { Configuration } from './codec/configuration.ts'
import type { ImageSize } from './codec/geometry.ts'
import { paint } from './codec/paint.ts'
import { type Predictions, prelabelOf } from './codec/provenance.ts'
import { areasOf, type RegionWarning } from './codec/regions.ts'

/** What has to be known about the task. */
export interface LabelContext extends Predictions {
  readonly taskKey: string
  readonly configuration: Configuration
  /** Of the decoded image; undefined: the regions are believed, but must agree. */
  readonly image?: ImageSize | undefined
}

export interface LabelReading {
  readonly label: Label
  /** Regions that do not count. */
  readonly warnings: readonly RegionWarning[]
}

/**
 * The label of an annotation from the API, an export or a webhook. `empty`: finished without any area. Its version is
 * the moment of the last change, in milliseconds.
 *
 * @param payload one annotation, not the list
 * @throws Problem `wrong-use` when it is no annotation; `unreadable-input` when areas cannot be read, or none of those
 *   that are there counts: all background would be wrong
 */
export function labelOf(payload: unknown, context: LabelContext): LabelReading {
  const read = checked(annotation, payload, 'The annotation')
  const { completed_by: by } = read
  const prelabel = read.was_cancelled ? undefined : prelabelOf(read, context)
  const label = {
    taskKey: context.taskKey,
    externalId: String(read.id),
    version: Date.parse(read.updated_at),
    annotator: String((typeof by === 'object' ? by?.id : by) ?? 'unknown'),
    seconds: secondsOf(read),
    finishedAt: new Date(read.created_at).toISOString(),
    groundTruth: read.ground_truth,
    ...(prelabel === undefined ? {} : { prelabel }),
  }
  if (read.was_cancelled) return { label: { ...label, outcome: 'skipped' }, warnings: [] }
  const { mask, warnings } = maskOf(read, context)
  const isEmpty = mask === undefined || mask.layers.length === 0
  if (isEmpty) return { label: { ...label, outcome: 'empty' }, warnings }
  return { label: { ...label, outcome: 'labelled', mask }, warnings }
}

function secondsOf({ lead_time }: Annotation): number | null {
  return typeof lead_time === 'number' && lead_time >= 0 && lead_time <= 1e9 ? lead_time : null
}

function maskOf(
  { result }: Annotation,
  { configuration, image }: LabelContext,
): { readonly mask?: RunMask; readonly warnings: readonly RegionWarning[] } {
  const { areas, warnings } = areasOf(result, configuration)
  if (areas.length === 0) {
    const [first] = warnings
    if (first !== undefined) {
      throw new Problem(
        'unreadable-input',
        `None of the ${warnings.length} regions of the annotation counts. ${first.sentence} Correct the region or the labelling configuration.`,
      )
    }
    return { warnings }
  }
  return { mask: runsOf(paint(areas, image)), warnings }
}
