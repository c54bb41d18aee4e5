import { describe, expect, it } from '@jest/globals'
import { labelOf } from '@suggestive/plugin-labelstudio/codec'
import { annotation, context, drawn, rectangle, region } from '../support/labelstudio.ts'
import { problemOf } from '../support/problems.ts'

describe('shapes', () => {
  it('of one class are united, of different classes the later covers', () => {
    const first = rectangle(0, 0, 3, 3)
    const second = rectangle(2, 2, 3, 2)
    const third = rectangle(1, 1, 2, 4, 'Lymph')
    expect(drawn([first, second, third])).toEqual([
      '111.....',
      '122.....',
      '12211...',
      '.2211...',
      '.22.....',
      '........',
    ])
    expect(drawn([third, first, second])[2]).toBe('11111...')
  })

  it('are the same however the annotator turned the view', () => {
    const straight = drawn([rectangle(1, 1, 3, 2)])
    for (const image_rotation of [90, 180, 270])
      expect(drawn([rectangle(1, 1, 3, 2, 'Gland', { image_rotation })])).toEqual(straight)
  })

  it('are turned about their corner, in pixels', () => {
    const value = { x: 50, y: 0, width: 25, height: 50, rotation: 90, rectanglelabels: ['Gland'] }
    expect(drawn([region('rectanglelabels', 'rect', value)])).toEqual([
      '.111....',
      '.111....',
      '........',
      '........',
      '........',
      '........',
    ])
  })

  it('are polygons and ellipses, too', () => {
    const points = [
      [0, 0],
      [50, 0],
      [50, 50],
      [0, 50],
    ]
    const polygon = region('polygonlabels', 'poly', {
      points,
      closed: true,
      polygonlabels: ['Gland'],
    })
    const value = {
      x: 75,
      y: 50,
      radiusX: 25,
      radiusY: (100 / 6) * 1,
      rotation: 90,
      ellipselabels: ['Lymph'],
    }
    expect(drawn([polygon, region('ellipselabels', 'oval', value)])).toEqual([
      '1111....',
      '1111.22.',
      '1111.22.',
      '.....22.',
      '.....22.',
      '........',
    ])
  })

  it('without own labels take those of the same id', () => {
    const value = { x: 0, y: 0, width: 100, height: 100, rotation: 0 }
    const plain = region('rectangle', 'plain', value, { id: 'one' })
    const labels = region('labels', 'label', { ...value, labels: ['Lymph'] }, { id: 'one' })
    expect(drawn([plain, labels])[0]).toBe('22222222')
  })
})

describe('regions that do not count', () => {
  const good = rectangle(0, 0, 1, 1)
  it.each([
    ['unknown-type', region('bitmask', 'tag', {})],
    ['unknown-label', rectangle(0, 0, 8, 6, 'Tumour')],
    ['unknown-label', { ...rectangle(0, 0, 8, 6), from_name: 'elsewhere' }],
    ['no-label', region('rectangle', 'rect', { x: 0, y: 0, width: 9, height: 9 })],
    ['other-image', { ...rectangle(0, 0, 8, 6), to_name: 'second' }],
    ['other-image', { ...rectangle(0, 0, 8, 6), item_index: 3 }],
  ])('are named: %s', async (kind, bad) => {
    const { label: own, warnings } = labelOf(annotation([bad, good]), context())
    expect(warnings).toMatchObject([{ kind, region: bad.id }])
    expect(own.mask?.layers).toEqual([{ classId: 1, runs: [0, 1, 47] }])
    const sentence = await problemOf('unreadable-input', () =>
      labelOf(annotation([bad]), context()),
    )
    expect(sentence).toContain('None of the 1 regions of the annotation counts')
  })

  it('but the first of several labels counts', () => {
    const both = region('rectanglelabels', 'rect', {
      x: 0,
      y: 0,
      width: 100,
      height: 100,
      rectanglelabels: ['Lymph', 'Gland'],
    })
    const { label: own, warnings } = labelOf(annotation([both]), context())
    expect(warnings).toMatchObject([{ kind: 'several-labels' }])
    expect(own.mask?.layers).toEqual([{ classId: 2, runs: [0, 48] }])
  })
})

describe('bad regions', () => {
  it.each([
    [
      'another size',
      rectangle(0, 0, 1, 1, 'Gland', { original_width: 80 }),
      "80 x 6 pixels, but the task's image has 8 x 6",
    ],
    ['no size', rectangle(0, 0, 1, 1, 'Gland', { original_width: 1.5 }), '0 x 0 pixels'],
    [
      'no points',
      region('polygonlabels', 'poly', { points: [], polygonlabels: ['Gland'] }),
      'Region r-polygonlabels: The polygon of a region is wrong at /points',
    ],
    [
      'an infinite corner',
      region('polygonlabels', 'poly', { points: [[1e308, 5]], polygonlabels: ['Gland'] }),
      '/points/0/0',
    ],
    ['a negative width', rectangle(0, 0, -1, 1), '/width'],
    [
      'another format',
      region('brushlabels', 'tag', { format: 'png', rle: [], brushlabels: ['Gland'] }),
      '/format',
    ],
  ])('are problems: %s', async (_, bad, reason) => {
    const read = () => labelOf(annotation([bad]), context({ image: { width: 8, height: 6 } }))
    expect(await problemOf('unreadable-input', read)).toContain(reason)
  })

  it('that claim a huge image are a problem when its size is not known', async () => {
    const huge = rectangle(0, 0, 1, 1, 'Gland', { original_width: 1e9, original_height: 1e9 })
    const read = () => labelOf(annotation([huge]), context())
    expect(await problemOf('unreadable-input', read)).toContain('cannot be worked on')
  })

  it('that cover each other without end are a problem', async () => {
    const covers = (count: number) => Array.from({ length: count }, () => rectangle(0, 0, 8, 6))
    expect(drawn(covers(200))).toHaveLength(6)
    const read = () => labelOf(annotation(covers(201)), context())
    expect(await problemOf('unreadable-input', read)).toContain('more than 200 times over')
  })

  it('that are intricate without end are a problem', async () => {
    const points = Array.from({ length: 2000 }, (_, i) => [i / 20, (i % 2) * 100])
    const value = { points, polygonlabels: ['Gland'] }
    const size = { original_width: 10, original_height: 4000 }
    const one = region('polygonlabels', 'poly', value, size)
    const read = () => labelOf(annotation(Array.from({ length: 100 }, () => one)), context())
    const start = performance.now()
    expect(await problemOf('unreadable-input', read)).toContain('cross image rows more than')
    expect(performance.now() - start).toBeLessThan(15_000)
  })
})
