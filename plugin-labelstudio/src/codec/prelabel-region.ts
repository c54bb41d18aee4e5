/** What the tool knows about one suggested region. */
import type { RunMask } from '@suggestive/shared/protocol/label'
import type { ProbabilityMap } from './graded.ts'

/** One entry of a prediction's `result`; plain JSON. */
export interface PrelabelRegion {
  readonly id: string
  readonly type: 'brushlabels' | 'polygonlabels'
  readonly from_name: string
  readonly to_name: string
  readonly origin: 'prediction'
  readonly original_width: number
  readonly original_height: number
  readonly image_rotation: 0
  /** Mean probability inside, 0..1; the editor shows it beside the region. */
  readonly score?: number
  readonly meta?: { readonly text: readonly string[] }
  readonly value: Readonly<Record<string, unknown>>
}

/** What a region has besides its geometry. */
export interface RegionFrame {
  readonly mask: RunMask
  readonly label: string
  readonly from: string
  readonly image: string
  readonly id: string
  readonly map: ProbabilityMap | undefined
  /** Of the whole class; the map is better. */
  readonly score: number | undefined
}
