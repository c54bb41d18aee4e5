import { describe, expect, it } from '@jest/globals'
import { type FrameContext, labelOfFrame } from '@suggestive/plugin-cvat/codec'
import { encodeMask } from '@suggestive/plugin-cvat/codec/mask-encode'
import { maskOf } from '@suggestive/shared/mask'
import { label as labelSchema } from '@suggestive/shared/protocol/label'
import { readLabels, readShape, someJob } from '../support/cvat-codec.ts'

const size = { width: 10, height: 8 }
const classes = readLabels('mask', 'any', 'polygon')

const read = (context: Partial<FrameContext>) =>
  labelOfFrame({
    ...{ job: someJob(), frame: 0, size, shapes: [], tracks: [], classes, taskKey: '1-0' },
    tellsStrays: true,
    ...context,
  })

/** The classes of the pixels as rows of digits, background as dots; undefined without a label. */
function picture(context: Partial<FrameContext>): readonly string[] | undefined {
  const { label, faults } = read(context)
  expect(faults).toEqual([])
  if (label?.mask === undefined) return undefined
  const { data } = maskOf(label.mask)
  return Array.from({ length: size.height }, (_, y) =>
    [...data.subarray(y * size.width, (y + 1) * size.width)].join('').replaceAll('0', '.'),
  )
}

/** A full rectangle as a mask. */
function box(left: number, top: number, right: number, bottom: number): number[] {
  return [0, (right - left + 1) * (bottom - top + 1), left, top, right, bottom]
}

describe('the label of a frame', () => {
  it('says who, when, and by which version', () => {
    const { label } = read({ shapes: [readShape()], taskKey: '1-0' })
    expect(label).toMatchObject({
      ...{ taskKey: '1-0', externalId: '7:0', annotator: '2', seconds: null, groundTruth: false },
      version: 1_795_440_883_043_387,
      finishedAt: '2026-11-23T13:34:43.043Z',
      outcome: 'labelled',
    })
    expect(label).not.toHaveProperty('prelabel')
    expect(() => labelSchema.parse(label)).not.toThrow()
  })

  it('has no annotator where nobody is assigned', () => {
    const { label } = read({ job: someJob({ assignee: null }) })
    expect(label).toMatchObject({ annotator: 'unknown', outcome: 'empty' })
    expect(() => labelSchema.parse(label)).not.toThrow()
  })

  it('passes on what became of the pre-label', () => {
    const prelabel = { modelDigest: `sha256:${'a'.repeat(64)}`, use: 'edited' } as const
    expect(read({ prelabel }).label?.prelabel).toEqual(prelabel)
  })

  it('pitfall 15: needs neither the name of the task nor of the project', () => {
    expect(read({ job: someJob({ task_name: null, project_name: null }) }).label).toBeDefined()
  })

  it('pitfall 8: counts the shapes of its own task frame only', () => {
    const job = someJob({ start_frame: 40, stop_frame: 42 })
    const shapes = [40, 41, 41].map((frame, id) =>
      readShape({ id, frame, points: box(id, 0, id, 0) }),
    )
    expect(picture({ job, frame: 41, shapes, taskKey: '1-41' })?.[0]).toBe('.11.......')
    expect(read({ job, frame: 42, shapes }).label?.outcome).toBe('empty')
    expect(read({ job, frame: 42, shapes }).label?.externalId).toBe('7:42')
  })
})

describe('shapes over each other', () => {
  const low = readShape({ id: 1, label_id: 11, points: box(0, 0, 3, 0) })
  const high = readShape({ id: 2, label_id: 12, points: box(2, 0, 5, 0) })

  it('are painted by id', () => {
    expect(picture({ shapes: [high, low] })?.[0]).toBe('112222....')
  })

  it('are painted by their height before their id', () => {
    expect(picture({ shapes: [high, { ...low, z_order: 1 }] })?.[0]).toBe('111122....')
    expect(picture({ shapes: [{ ...high, z_order: -1 }, low] })?.[0]).toBe('111122....')
  })

  it('of one class are one area', () => {
    expect(picture({ shapes: [low, { ...high, label_id: 11 }] })?.[0]).toBe('111111....')
  })
})

describe('forms of shapes', () => {
  const shape = (type: string, points: readonly number[], rotation = 0) =>
    picture({ shapes: [readShape({ type, points, rotation, label_id: 11 })] })

  it('masks with holes', () => {
    const ring = Uint8Array.from([1, 1, 1, 1, 0, 1, 1, 1, 1])
    const points = encodeMask(ring, 3, 3) ?? []
    expect(shape('mask', points)?.slice(0, 3)).toEqual(['111.......', '1.1.......', '111.......'])
  })

  it('polygons: pixels whose centres are inside', () => {
    expect(shape('polygon', [1, 1, 4, 1, 4, 3.5, 1, 3.5])?.slice(0, 5)).toEqual([
      ...['..........', '.111......', '.111......', '..........', '..........'],
    ])
  })

  it('rectangles, also turned about their centre, clockwise', () => {
    expect(shape('rectangle', [2, 1, 6, 3])?.slice(0, 4)).toEqual([
      ...['..........', '..1111....', '..1111....', '..........'],
    ])
    // 4 x 2 about (4, 2): by a quarter turn 2 x 4.
    const turned = ['...11.....', '...11.....', '...11.....', '...11.....', '..........']
    expect(shape('rectangle', [2, 1, 6, 3], 90)?.slice(0, 5)).toEqual(turned)
    expect(shape('rectangle', [2, 1, 6, 3], 270)?.slice(0, 5)).toEqual(turned)
  })

  it('rectangles that are turned by a few degrees sink on the right', () => {
    const rows = shape('rectangle', [1, 3, 9, 5], 30) ?? []
    const of = (column: number) => rows.flatMap((row, y) => (row[column] === '1' ? [y] : []))
    expect(Math.max(...of(7))).toBeGreaterThan(Math.max(...of(2)))
    expect(Math.min(...of(2))).toBeLessThan(Math.min(...of(7)))
  })

  it('ellipses by centre, right end and upper end', () => {
    expect(shape('ellipse', [5, 4, 8, 2])).toEqual([
      ...['..........', '..........', '...1111...', '..111111..'],
      ...['..111111..', '...1111...', '..........', '..........'],
    ])
  })

  it('ellipses turned about their centre, clockwise', () => {
    expect(shape('ellipse', [5, 4, 8, 2], 90)).toEqual([
      ...['..........', '....11....', '...1111...', '...1111...'],
      ...['...1111...', '...1111...', '....11....', '..........'],
    ])
    const rows = shape('ellipse', [5, 4, 9, 3], 30) ?? []
    expect(rows[2]?.indexOf('1')).toBeLessThan(rows[5]?.indexOf('1') ?? 0)
  })

  it('outside the image are cut, masks excepted', () => {
    expect(shape('rectangle', [-5, -5, 2, 1])?.[0]).toBe('11........')
    expect(shape('ellipse', [0, 0, 2, -2])?.[0]).toBe('11........')
  })
})

describe('what does not count', () => {
  const good = readShape({ id: 1, points: box(0, 0, 0, 0) })

  it.each([
    ['points', [1, 1]],
    ['polyline', [1, 1, 4, 4]],
    ['cuboid', Array.from({ length: 16 }, (_, i) => i)],
    ['skeleton', []],
  ])('is told, and the rest counts: %s', (type, points) => {
    const { label, faults } = read({ shapes: [good, readShape({ id: 5, type, points })] })
    expect(label?.outcome).toBe('labelled')
    expect(faults).toEqual([
      `The ${type} 5 on frame 0 of job 7 does not count: it covers no area. Open the job in CVAT, and delete it or draw it as a mask.`,
    ])
  })

  it.each([
    ['mask', [1, 200, 2, 1, 5, 3], 'its runs sum to 201'],
    ['mask', [0, 12, 40, 30, 43, 32], 'lies outside the image of 10 x 8 pixels'],
    ['polygon', [1, 1, 4, 4], 'it has 4 coordinates'],
    ['polygon', [1, 1, 4, 4, 5, 5, 6], 'it has 7 coordinates'],
    ['polygon', [1, 1, 4, 1e9, 5, 5], 'it has a coordinate beyond'],
    ['rectangle', [1, 1, 4], 'it has 3 coordinates instead of 4'],
    ['ellipse', [1, 1, 4, 1, 5], 'it has 5 coordinates instead of 4'],
  ])('is told, and the rest counts: a %s of %j', (type, points, reason) => {
    const broken = readShape({ id: 5, type, points })
    const { label, faults } = read({ shapes: [good, broken] })
    expect(label?.outcome).toBe('labelled')
    expect(faults.length).toBe(1)
    expect(faults[0]).toContain(`The ${type} 5 on frame 0 of job 7: `)
    expect(faults[0]).toContain(reason)
    // All background would be wrong.
    expect(read({ shapes: [broken] })).toEqual({ faults })
  })

  it('is told, and the rest counts: a label that is unknown', () => {
    const other = readShape({ id: 5, label_id: 99 })
    const { label, faults } = read({ shapes: [good, other] })
    expect(label?.outcome).toBe('labelled')
    expect(faults[0]).toContain('its label 99 is no class of the project')
    expect(read({ shapes: [other] })).toEqual({ faults })
  })

  it('is told: tracks from their first frame on', () => {
    const job = someJob({ start_frame: 0, stop_frame: 9 })
    const tracks = [{ frame: 3 }]
    expect(read({ job, frame: 2, tracks }).label?.outcome).toBe('empty')
    const { label, faults } = read({ job, frame: 5, tracks })
    expect(label).toBeUndefined()
    expect(faults[0]).toContain('Frame 5 of job 7 has 1 track, which do not count')
    expect(read({ job, frame: 5, tracks, shapes: [{ ...good, frame: 5 }] }).label?.outcome).toBe(
      'labelled',
    )
  })

  it('pitfall 9: frames outside the job, told with the frame that is asked for them', () => {
    const job = someJob({ start_frame: 4, stop_frame: 6 })
    const stray = readShape({ id: 5, frame: 0 })
    const own = readShape({ id: 6, frame: 5 })
    const { label, faults } = read({ job, frame: 4, shapes: [stray, own] })
    expect(label?.outcome).toBe('empty')
    expect(faults).toEqual([
      'The mask 5 on frame 0 of job 7 does not count: it lies outside the frames 4 to 6 of job 7. Open the job in CVAT, and delete it or draw it as a mask.',
    ])
    expect(read({ job, frame: 5, shapes: [stray, own] }).faults).toEqual(faults)
    expect(read({ job, frame: 5, shapes: [stray, own], tellsStrays: false }).faults).toEqual([])
  })

  it('pitfall 9: a job whose shapes all lie outside says nothing about any frame', () => {
    const job = someJob({ start_frame: 4, stop_frame: 6 })
    const shapes = [readShape({ id: 5, frame: 0 })]
    expect(read({ job, frame: 4, shapes }).label).toBeUndefined()
    expect(read({ job, frame: 6, shapes, tellsStrays: false })).toEqual({ faults: [] })
  })
})

describe('limits', () => {
  it('refuses hundreds of shapes over the whole image, without a label', () => {
    const shapes = Array.from({ length: 300 }, (_, id) =>
      readShape({ id, points: box(0, 0, 9, 7) }),
    )
    const { label, faults } = read({ shapes })
    expect(label).toBeUndefined()
    expect(faults[0]).toContain('Frame 0 of job 7: The shapes cover the whole image more than 200')
  })

  it('refuses images that nobody can work on', () => {
    const { label, faults } = read({ size: { width: 100_000, height: 100_000 } })
    expect(label).toBeUndefined()
    expect(faults[0]).toContain('An image of 100000 x 100000 pixels cannot be worked on')
  })
})
