import { describe, expect, it } from '@jest/globals'
import { runsOf } from '@suggestive/shared/mask'
import { type ProbabilityField, segment } from '@suggestive/sidecar/domain/segment'
import { encodeMap } from '@suggestive/sidecar/images'
import { segmentMaps } from '@suggestive/sidecar/workshop/segment'
import { MemoryBlobs } from '../fakes/memory-blobs.ts'
import { problemOf } from '../support/problems.ts'

/** Tenths of the probability; `.` is 0, `A` is 1. */
function drawn(rows: readonly string[]): ProbabilityField {
  const width = rows[0]?.length ?? 0
  const tenths = [...rows.join('')].map((sign) => '.123456789A'.indexOf(sign))
  return {
    width,
    height: rows.length,
    data: Uint16Array.from(tenths, (t) => Math.round((t * 65_535) / 10)),
  }
}

const yes = (x: number, y: number) => ({ x, y, positive: true })
const no = (x: number, y: number) => ({ x, y, positive: false })

function shown(field: ProbabilityField, ...given: [Parameters<typeof segment>[1], object?]) {
  const [points, box] = given
  const mask = segment(field, points, box === undefined ? undefined : { ...boxOf(box) })
  return Array.from({ length: field.height }, (_, y) =>
    [...mask.subarray(y * field.width, (y + 1) * field.width)].map((v) => (v ? '#' : '.')).join(''),
  )
}
const boxOf = (box: object) => ({ x: 0, y: 0, width: 1, height: 1, ...box })

const two = drawn([
  '..........', //
  '.99..1166.',
  '.95..1166.',
  '...9......',
  '..........',
])

describe('points', () => {
  it('take the component above one half, corners joined', () => {
    expect(shown(two, [yes(1.9, 1.2)])).toEqual([
      '..........',
      '.##.......',
      '.##.......',
      '...#......',
      '..........',
    ])
    expect(shown(two, [yes(8, 2)])).toEqual([
      '..........',
      '.......##.',
      '.......##.',
      '..........',
      '..........',
    ])
  })

  it('below one half take the highest threshold that has them', () => {
    expect(shown(two, [yes(5, 1)])).toEqual([
      '..........',
      '.....####.',
      '.....####.',
      '..........',
      '..........',
    ])
    const hill = drawn(['123432.4'])
    expect(shown(hill, [yes(2, 0)])).toEqual(['..###...'])
    expect(shown(hill, [yes(3, 0)])).toEqual(['...#....'])
    expect(shown(hill, [yes(5, 0)])).toEqual(['.#####..'])
  })

  it('of two objects take the level at which one component holds both', () => {
    const bridge = drawn(['995399..9'])
    expect(shown(bridge, [yes(0, 0), yes(5, 0)])).toEqual(['######...'])
    expect(shown(bridge, [yes(0, 0), yes(1, 0)])).toEqual(['###......'])
    expect(shown(bridge, [yes(0, 0), yes(8, 0)])).toEqual(['.........'])
  })

  it('find nothing where there is no probability at all', () => {
    expect(shown(two, [yes(0, 0)]).join('')).not.toContain('#')
  })

  it('take one half itself, and count the last pixel in at the very edge', () => {
    const edge = { width: 3, height: 1, data: Uint16Array.of(32_767, 32_768, 32_768) }
    expect(shown(edge, [yes(3, 1)])).toEqual(['.##'])
  })
})

describe('negative points', () => {
  const twins = drawn(['6798789', '6798789'])

  it('cut along the valley', () => {
    expect(shown(twins, [yes(2, 0), no(6, 0)])).toEqual(['#####..', '#####..'])
    expect(shown(twins, [no(6, 0), yes(2, 0)])).toEqual(['####...', '####...'])
  })

  it('cut a plateau half way', () => {
    const plateau = drawn(['AAAAAA'])
    expect(shown(plateau, [yes(0, 0), no(5, 0)])).toEqual(['###...'])
    expect(shown(plateau, [no(5, 0), yes(0, 0)])).toEqual(['###...'])
  })

  it('do nothing outside of the object', () => {
    expect(shown(two, [yes(1, 1), no(8, 1), no(0, 0)])).toEqual(shown(two, [yes(1, 1)]))
  })

  it('win or lose at one pixel by their order', () => {
    const dot = drawn(['.9.'])
    expect(shown(dot, [yes(1, 0), no(1, 0)])).toEqual(['...'])
    expect(shown(dot, [no(1, 0), yes(1, 0)])).toEqual(['.#.'])
  })
})

describe('a box', () => {
  it('takes the component with the most pixels inside, whole', () => {
    expect(shown(two, [], { x: 1, y: 1, width: 7, height: 2 })).toEqual(shown(two, [yes(1, 1)]))
    expect(shown(two, [], { x: 6, y: 1, width: 3, height: 2 })).toEqual(shown(two, [yes(8, 1)]))
  })

  it('at equality takes the one with the larger part of itself in it', () => {
    const pair = drawn(['999.9'])
    expect(shown(pair, [], { x: 2, width: 3 })).toEqual(['....#'])
  })

  it('without a component takes the one around its most probable pixel', () => {
    const low = drawn(['1232.3'])
    expect(shown(low, [], { x: 0, width: 4 })).toEqual(['..#...'])
    expect(shown(low, [], { x: 0, width: 2 })).toEqual(['.###..'])
    expect(shown(low, [], { x: 4, width: 1 })).toEqual(['......'])
  })

  it('is cut by negative points, from its most probable pixel', () => {
    const twins = drawn(['79997899'])
    expect(shown(twins, [no(7, 0)], { x: 0, width: 4 })).toEqual(['#####...'])
  })

  it('does not count beside positive points, and may leave the image', () => {
    expect(shown(two, [yes(1, 1)], { x: 7, y: 1 })).toEqual(shown(two, [yes(1, 1)]))
    expect(shown(two, [], { x: -5, y: -5, width: 99, height: 99 })).toEqual(shown(two, [yes(1, 1)]))
  })
})

describe('of several classes', () => {
  it('the most probable one at the points counts', async () => {
    const blobs = new MemoryBlobs()
    const put = async (field: ProbabilityField) =>
      (await blobs.put('map', await encodeMap(field.width, field.height, field.data))).digest
    const maps = [
      { classId: 3, blob: await put(drawn(['99..'])) },
      { classId: 8, blob: await put(drawn(['..66'])) },
    ]
    const of = { maps, points: [yes(3, 0)], box: null }
    const found = await segmentMaps(blobs, of)
    const mask = runsOf({ width: 4, height: 1, data: Uint8Array.of(0, 0, 8, 8) })
    expect(found).toEqual({ classId: 8, mask, score: expect.closeTo(0.6, 4) })
    const box = { x: 0, y: 0, width: 2, height: 1 }
    const boxed = await segmentMaps(blobs, { maps, points: [], box })
    expect([boxed.classId, boxed.score]).toEqual([3, expect.closeTo(0.9, 4)])
    const nothing = await segmentMaps(blobs, { maps: maps.slice(0, 1), points: [yes(3, 0)], box })
    expect(nothing).toMatchObject({ classId: 3, mask: { layers: [] }, score: null })
    const gone = [{ classId: 3, blob: '0'.repeat(64) }]
    await problemOf('not-ready', () => segmentMaps(blobs, { ...of, maps: gone }))
  })
})
