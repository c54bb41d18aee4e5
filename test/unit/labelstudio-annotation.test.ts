import { describe, expect, it } from '@jest/globals'
import { labelOf } from '@suggestive/plugin-labelstudio/codec'
import { encodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-encode'
import { label } from '@suggestive/shared/protocol/label'
import { goldenJson } from '../support/golden.ts'
import { annotation, context, digest, drawn, rectangle, region } from '../support/labelstudio.ts'
import { problemOf } from '../support/problems.ts'

type Json = Record<string, unknown>
interface Recordings {
  readonly predictions: Record<
    string,
    { readonly result: readonly { readonly id: string; type: string }[] }
  >
  readonly edited: Json & { result: Json[] }
  readonly accepted: Json & { result: Json[] }
  readonly exported: Json
  readonly created: Json
  readonly skipped: Json
}

const recorded = goldenJson<Recordings>('label-studio/recordings.json')

describe('recorded annotations', () => {
  it('are labels: accepted', () => {
    const prediction = { id: 44, modelVersion: 'ens-r1' }
    const reading = labelOf(
      recorded.accepted,
      context({ predictions: [prediction], image: { width: 160, height: 120 } }),
    )
    expect(label.parse(reading.label)).toEqual(reading.label)
    const { mask, ...rest } = reading.label
    expect(rest).toEqual({
      taskKey: '52',
      externalId: '28',
      version: Date.parse('2026-11-23T13:31:14.141Z'),
      annotator: '1',
      seconds: 4.272,
      finishedAt: '2026-11-23T13:31:14.141Z',
      outcome: 'labelled',
      groundTruth: false,
      prelabel: { modelDigest: digest, use: 'accepted' },
    })
    expect(mask?.layers.map(({ classId }) => classId)).toEqual([1])
    expect(reading.warnings).toEqual([])
  })

  it('are labels: edited, when the manual stroke is readable', () => {
    const [first = {}, second = {}] = recorded.edited.result
    const value = {
      format: 'rle',
      rle: [...encodeBrush([0, 160, 160 * 119])],
      brushlabels: ['Lymph'],
    }
    const repaired = { ...recorded.edited, result: [first, { ...second, value }] }
    const prediction = { id: 48, modelVersion: 'ens-r2' }
    const reading = labelOf(repaired, context({ predictions: [prediction] }))
    expect(reading.label).toMatchObject({
      outcome: 'labelled',
      prelabel: { modelDigest: digest, use: 'edited' },
      mask: {
        width: 160,
        height: 120,
        layers: [{ classId: 1 }, { classId: 2, runs: [0, 160, 19_040] }],
      },
    })
  })

  it('are problems where a mask breaks off, also in exports and webhooks', async () => {
    for (const one of [recorded.edited, recorded.exported])
      expect(await problemOf('unreadable-input', () => labelOf(one, context()))).toMatch(
        /^Region gBP1s1Txnh: A brush mask cannot be read: it breaks off at x/,
      )
    expect(await problemOf('unreadable-input', () => labelOf(recorded.created, context()))).toMatch(
      /^Region r1: .* shorter than its header/,
    )
  })

  it('are skipped', () => {
    const { label: own } = labelOf(recorded.skipped, context())
    expect(label.parse(own)).toMatchObject({ outcome: 'skipped', externalId: '2', seconds: null })
    expect(own.prelabel).toBeUndefined()
    expect(own.mask).toBeUndefined()
  })
})

describe('outcomes', () => {
  it('are empty without areas, whatever else was answered', () => {
    expect(drawn([])).toBe('empty')
    const choice = { type: 'choices', from_name: 'quality', value: { choices: ['good'] } }
    const relation = { type: 'relation', from_id: 'a', to_id: 'b', direction: 'right' }
    expect(drawn([choice, relation])).toBe('empty')
    const erased = region('brushlabels', 'tag', {
      rle: [...encodeBrush([48])],
      brushlabels: ['Gland'],
    })
    expect(drawn([erased])).toBe('empty')
    expect(drawn([{ ...rectangle(0, 0, 1, 1), from_name: 'prompt' }])).toBe('empty')
  })

  it('tell ground truth, unknown people and unknown times', () => {
    const odd = { ground_truth: true, completed_by: null, lead_time: -1 }
    expect(labelOf(annotation([], odd), context()).label).toMatchObject({
      groundTruth: true,
      annotator: 'unknown',
      seconds: null,
    })
    const expanded = { completed_by: { id: 9, email: 'a@example.com' } }
    expect(labelOf(annotation([], expanded), context()).label.annotator).toBe('9')
  })

  it('are wrong use when it is no annotation', async () => {
    await problemOf('wrong-use', () => labelOf([recorded.created], context()))
    const undated = annotation([], { updated_at: 'yesterday' })
    expect(await problemOf('wrong-use', () => labelOf(undated, context()))).toContain('/updated_at')
  })
})
