import { describe, expect, it } from '@jest/globals'
import { colourOf } from '@suggestive/plugin-labelstudio/codec/colour'
import { readConfiguration } from '@suggestive/plugin-labelstudio/codec/configuration'
import { goldenJson } from '../support/golden.ts'
import { problemOf } from '../support/problems.ts'

const recorded = goldenJson<{ parsed_label_config: unknown }>('label-studio/recordings.json')

const control = (type: string, labels: readonly string[], more: object = {}) => ({
  type,
  to_name: ['image'],
  inputs: [{ type: 'Image', valueType: null, value: 'image' }],
  labels,
  ...more,
})

describe('labelling configurations', () => {
  it('are read as recorded', () => {
    expect(readConfiguration(recorded.parsed_label_config)).toEqual({
      kind: 'handled',
      configuration: {
        image: 'image',
        dataKey: 'image',
        classes: [
          { id: 1, name: 'Gland', colour: '#ff0000' },
          { id: 2, name: 'Lymph', colour: '#0000ff' },
        ],
        controls: [{ name: 'tag', shape: 'brush', labels: ['Gland', 'Lymph'] }],
        leftOut: [],
      },
    })
  })

  it('may have several controls of one image; equal names are one class', () => {
    const reading = readConfiguration({
      poly: control('PolygonLabels', ['Nucleus', 'Gland'], {
        labels_attrs: { Nucleus: { background: 'Green' }, Gland: { background: 'rgb(1,2,3)' } },
      }),
      tag: control('BrushLabels', ['Gland', 'Vessel']),
      box: control('RectangleLabels', ['Nucleus']),
      oval: control('EllipseLabels', ['Cyst']),
      quality: control('Choices', []),
      point: control('KeyPointLabels', ['Positive']),
    })
    expect(reading).toMatchObject({
      kind: 'handled',
      configuration: {
        classes: [
          { id: 1, name: 'Nucleus', colour: '#008000' },
          { id: 2, name: 'Gland' },
          { id: 3, name: 'Vessel' },
          { id: 4, name: 'Cyst' },
        ],
        controls: [{ name: 'poly' }, { name: 'tag' }, { name: 'box' }, { name: 'oval' }],
      },
    })
  })

  it('may have plain shapes beside Labels, and controls that are left out', () => {
    const reading = readConfiguration(
      {
        label: control('Labels', ['Gland']),
        brush: control('Brush', []),
        prompt: control('RectangleLabels', ['Box']),
      },
      ['prompt'],
    )
    expect(reading).toMatchObject({
      configuration: { classes: [{ id: 1, name: 'Gland' }], controls: [], leftOut: ['prompt'] },
    })
  })

  it('may have other images and texts that nothing is drawn on', () => {
    const text = control('Labels', ['Person'], {
      to_name: ['text'],
      inputs: [{ type: 'Text', value: 'text' }],
    })
    const choice = control('Choices', [], { to_name: ['other'] })
    const reading = readConfiguration({ text, choice, tag: control('BrushLabels', ['Gland']) })
    expect(reading).toMatchObject({ configuration: { image: 'image', classes: [{ id: 1 }] } })
  })

  const many = Array.from({ length: 256 }, (_, i) => `Class ${i}`)
  it.each([
    ['nothing', {}, 'has no control: add BrushLabels'],
    ['choices only', { q: control('Choices', []) }, 'has only "q": add BrushLabels or Polygon'],
    ['plain shapes only', { b: control('Brush', []) }, 'has only "b": add BrushLabels'],
    [
      'two images',
      {
        tag: control('BrushLabels', ['A']),
        two: control('PolygonLabels', ['A'], { to_name: ['second'] }),
      },
      'The control "two" (PolygonLabels) labels the image "second", but "tag" labels "image"',
    ],
    [
      'a control of two images',
      { tag: control('BrushLabels', ['A'], { to_name: ['a', 'b'] }) },
      'The control "tag" (BrushLabels) belongs to 2 images (a, b)',
    ],
    ['labels from tasks', { tag: control('BrushLabels', []) }, 'takes its labels from the tasks'],
    [
      'vectors beside brushes',
      { tag: control('BrushLabels', ['A']), v: control('VectorLabels', ['A']) },
      'The control "v" (VectorLabels) draws areas that cannot be read',
    ],
    ['too many labels', { tag: control('BrushLabels', many) }, 'have 256 labels, but 255'],
    ['a label in two lines', { tag: control('BrushLabels', ['a\nb']) }, 'rename it'],
    [
      'an image without a value',
      { tag: control('BrushLabels', ['A'], { inputs: [{ type: 'Image', value: null }] }) },
      'write <Image name="image" value="$image"/>',
    ],
  ])('with %s are refused in one sentence', (_, parsed, sentence) => {
    const reading = readConfiguration(parsed)
    expect(reading).toMatchObject({ kind: 'refused', reason: expect.stringContaining(sentence) })
  })

  it('that are none are wrong use', async () => {
    expect(await problemOf('wrong-use', () => readConfiguration({ tag: 5 }))).toContain('/tag')
    await problemOf('wrong-use', () => readConfiguration(null))
  })
})

describe('colours', () => {
  it.each([
    ['#FF0000', '#ff0000'],
    ['#ff000080', '#ff0000'],
    ['#1aF', '#11aaff'],
    [' Orange ', '#ffa500'],
    ['constructor', undefined],
    ['rgba(1, 2, 3, 0.5)', undefined],
    [undefined, undefined],
  ])('%s', (background, colour) => {
    expect(colourOf(background)).toBe(colour)
  })
})
