import { describe, expect, it } from '@jest/globals'
import { type LabelContext, labelOf } from '@suggestive/plugin-labelstudio/codec'
import { annotation, context, rectangle } from '../support/labelstudio.ts'

describe('pre-labels', () => {
  const touched = (...origins: string[]) =>
    origins.map((origin, i) => rectangle(i, 0, 1, 1, 'Gland', { id: `p${i}`, origin }))
  const use = (result: readonly object[], more: object, given: Partial<LabelContext> = {}) =>
    labelOf(annotation(result, more), context(given)).label.prelabel?.use
  const shown = { id: 3, modelVersion: 'ens-r1', result: touched('prediction', 'prediction') }
  const from = { parent_prediction: 3 }

  it('are accepted, edited or ignored', () => {
    const given = { predictions: [shown], shownVersion: 'ens-r1' }
    expect(use(touched('prediction', 'prediction'), from, given)).toBe('accepted')
    expect(use(touched('prediction'), from, given)).toBe('edited')
    expect(use(touched('prediction', 'prediction', 'manual'), from, given)).toBe('edited')
    expect(use(touched('prediction', 'prediction-changed'), from, given)).toBe('edited')
    expect(use([], from, given)).toBe('edited')
    const [kept = {}, other = {}] = touched('prediction', 'prediction')
    expect(use([kept, { ...other, id: 'pasted' }], from, given)).toBe('edited')
    expect(use(touched('manual'), {}, given)).toBe('ignored')
  })

  it('are judged without the prediction, and from the copy in an export', () => {
    const prediction = { model_version: 'ens-r1' }
    expect(use(touched('prediction'), { ...from, prediction })).toBe('accepted')
    expect(
      use(touched('prediction'), { ...from, prediction: { ...prediction, result: shown.result } }),
    ).toBe('edited')
    expect(use(touched('prediction'), { ...from, prediction: {} })).toBeUndefined()
  })

  it('were none when they are of other models, without regions, or not shown', () => {
    expect(
      use(touched('prediction'), from, { predictions: [{ ...shown, modelVersion: 'sam' }] }),
    ).toBeUndefined()
    expect(
      use(touched('manual'), from, { predictions: [{ ...shown, result: [] }] }),
    ).toBeUndefined()
    expect(use(touched('manual'), {}, { predictions: [shown] })).toBeUndefined()
  })
})
