import { describe, expect, it } from '@jest/globals'
import { labelOf } from '@suggestive/plugin-labelstudio/codec'
import type { Configuration } from '@suggestive/plugin-labelstudio/codec/configuration'
import { readConfiguration } from '@suggestive/plugin-labelstudio/codec/configuration'
import { encodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-encode'
import { maskFault } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { label } from '@suggestive/shared/protocol/label'
import fc from 'fast-check'

const parameters = { seed: 2017, numRuns: 5000 }
const names = ['A', 'B']
const configuration: Configuration = {
  image: 'image',
  dataKey: 'image',
  classes: names.map((name, i) => ({ id: i + 1, name })),
  controls: (['brush', 'polygon', 'rectangle', 'ellipse'] as const).map((shape) => ({
    name: shape,
    shape,
    labels: names,
  })),
  leftOut: [],
}

const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 100 }) },
  fc.double(),
  fc.constantFrom<unknown>(null, '5', -1e308, 1e308, []),
)
const good = [...encodeBrush([7, 10, 31])]
const byte = fc.integer({ min: 0, max: 255 })
const value = fc.record(
  {
    x: number,
    y: number,
    width: number,
    height: number,
    radiusX: number,
    radiusY: number,
    rotation: number,
    points: fc.array(fc.array(number, { minLength: 2, maxLength: 2 }), { maxLength: 9 }),
    rle: fc.oneof(
      fc.constant(good),
      fc.array(byte, { maxLength: 30 }).map((more) => [...good.slice(0, 7), ...more]),
    ),
    labels: fc.array(fc.constantFrom('A', 'B', '__proto__'), { maxLength: 2 }),
  },
  { requiredKeys: ['labels'] },
)
const type = fc.constantFrom('brush', 'polygon', 'rectangle', 'ellipse', 'relation', 'constructor')
const region = fc.record(
  {
    id: fc.constantFrom<unknown>('a', 'b', 3),
    type: type.map((shape) => `${shape}labels`),
    from_name: fc.constantFrom('brush', 'polygon', 'rectangle', 'ellipse'),
    original_width: fc.constantFrom(8, 8, 8, 8, 1e9),
    original_height: fc.constantFrom(6, 6, 6, 6, -1),
    image_rotation: fc.constantFrom(0, 90, 180, 270),
    value,
  },
  { requiredKeys: ['type', 'original_width', 'original_height', 'value'] },
)
const annotation = fc.record({
  id: fc.constant(1),
  result: fc.array(fc.oneof({ weight: 20, arbitrary: region }, fc.anything()), { maxLength: 4 }),
  created_at: fc.constant('2026-11-23T13:31:26.318901Z'),
  updated_at: fc.constant('2026-11-23T13:31:26.318901Z'),
})

const context = { taskKey: '1', configuration, predictions: [], modelDigestOf: () => undefined }

/** Counts the results; only Problems may be thrown, and each sentence is one line. */
function counting<Value>(read: (payload: unknown) => Value, accept: (value: Value) => void) {
  const counts = { read: 0, refused: 0 }
  const check = (payload: unknown) => {
    try {
      accept(read(payload))
      counts.read++
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      expect(error.message).not.toContain('\n')
      expect(error.message.length).toBeLessThan(600)
      counts.refused++
    }
  }
  return { counts, check }
}

describe('hostile payloads', () => {
  it('become sound labels or clear problems', () => {
    const { counts, check } = counting(
      (payload) => labelOf(payload, context).label,
      (own) => {
        expect(label.safeParse(own).success).toBe(true)
        if (own.mask !== undefined) expect(maskFault(own.mask)).toBeUndefined()
      },
    )
    fc.assert(fc.property(annotation, check), parameters)
    expect(counts.read).toBeGreaterThan(500)
    expect(counts.refused).toBeGreaterThan(500)
  })

  it('of any shape are no annotations', () => {
    const { counts, check } = counting(
      (payload) => labelOf(payload, context),
      () => undefined,
    )
    fc.assert(fc.property(fc.anything(), check), { ...parameters, numRuns: 1000 })
    expect(counts.read).toBe(0)
  })

  it('are configurations that are handled, refused or none', () => {
    const control = fc.record(
      {
        type: fc.constantFrom(
          'BrushLabels',
          'PolygonLabels',
          'Labels',
          'Brush',
          'Choices',
          'toString',
        ),
        to_name: fc.array(fc.constantFrom('image', 'other'), { maxLength: 2 }),
        inputs: fc.array(
          fc.record({ type: fc.constantFrom('Image', 'Text'), value: fc.string() }),
          {
            maxLength: 2,
          },
        ),
        labels: fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
      },
      { requiredKeys: ['type'] },
    )
    const kinds = new Set<string>()
    const { counts, check } = counting(readConfiguration, (reading) => {
      kinds.add(reading.kind)
      if (reading.kind === 'refused') expect(reading.reason).not.toContain('\n')
      else expect(reading.configuration.classes.length).toBeGreaterThan(0)
    })
    const parsed = fc.oneof(fc.dictionary(fc.string(), control, { maxKeys: 3 }), fc.anything())
    fc.assert(fc.property(parsed, check), { ...parameters, numRuns: 2000 })
    expect([...kinds].sort()).toEqual(['handled', 'refused'])
    expect(counts.refused).toBeGreaterThan(0)
  })
})
