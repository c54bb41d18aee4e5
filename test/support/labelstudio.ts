/** Small annotations of Label Studio, and what becomes of them. */
import { type LabelContext, labelOf } from '@suggestive/plugin-labelstudio/codec'
import type { Configuration, Shape } from '@suggestive/plugin-labelstudio/codec/configuration'
import { maskOf } from '@suggestive/shared/mask'

const shape = (name: string, own: Shape) => ({ name, shape: own, labels: ['Gland', 'Lymph'] })
export const configuration: Configuration = {
  image: 'image',
  dataKey: 'image',
  classes: [
    { id: 1, name: 'Gland' },
    { id: 2, name: 'Lymph' },
  ],
  controls: [
    shape('tag', 'brush'),
    shape('poly', 'polygon'),
    shape('rect', 'rectangle'),
    shape('oval', 'ellipse'),
  ],
  leftOut: ['prompt'],
}
export const digest = 'ab'.repeat(32)
export const context = (more: Partial<LabelContext> = {}): LabelContext => ({
  taskKey: '52',
  configuration,
  predictions: [],
  modelDigestOf: (version) => (version.startsWith('ens-') ? digest : undefined),
  ...more,
})

/** A small annotation of an image of 8 x 6 pixels. */
export const annotation = (result: readonly object[], more: object = {}) => ({
  id: 7,
  result,
  was_cancelled: false,
  ground_truth: false,
  lead_time: 3.5,
  completed_by: 4,
  created_at: '2026-11-23T13:31:26.318901Z',
  updated_at: '2026-11-23T13:32:00.500001Z',
  parent_prediction: null,
  ...more,
})
export const region = (type: string, from: string, value: object, more: object = {}) => ({
  id: `r-${type}`,
  type,
  from_name: from,
  to_name: 'image',
  origin: 'manual',
  original_width: 8,
  original_height: 6,
  image_rotation: 0,
  value,
  ...more,
})
export const rectangle = (
  x: number,
  y: number,
  width: number,
  height: number,
  name = 'Gland',
  more = {},
) =>
  region(
    'rectanglelabels',
    'rect',
    {
      x: 12.5 * x,
      y: (100 / 6) * y,
      width: 12.5 * width,
      height: (100 / 6) * height,
      rotation: 0,
      rectanglelabels: [name],
    },
    more,
  )

/** Rows of class ids. */
export function drawn(result: readonly object[], more: Partial<LabelContext> = {}) {
  const reading = labelOf(annotation(result), context(more))
  if (reading.label.mask === undefined) return reading.label.outcome
  const { width, data } = maskOf(reading.label.mask)
  return Array.from({ length: data.length / width }, (_, y) =>
    data
      .subarray(y * width, (y + 1) * width)
      .join('')
      .replaceAll('0', '.'),
  )
}
