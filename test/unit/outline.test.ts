import { describe, expect, it } from '@jest/globals'
import { componentsOf } from '@suggestive/shared/components'
import { contourOf } from '@suggestive/shared/contour'
import { runsOf } from '@suggestive/shared/mask'
import { outlinesOf } from '@suggestive/shared/outline'
import type { Point } from '@suggestive/shared/polygon'
import { significanceOf, simplify } from '@suggestive/shared/simplify'

/** From rows of `#` and others. */
function picture(...rows: readonly string[]) {
  const width = rows[0]?.length ?? 0
  const data = Uint8Array.from(rows.join(''), (character) => Number(character === '#'))
  const height = rows.length
  const runs = runsOf({ width, height, data }).layers[0]?.runs ?? [width * height]
  const components = componentsOf(runs, width)
  return { width, height, components, outlines: outlinesOf(components, width, height) }
}

const ring = picture(
  '.......', // a ring with a dot in its hole that touches it by a corner, and two pixels that touch by one
  '.#####.',
  '.#...#.',
  '.#.#.#.',
  '.#..#..',
  '.####..',
)

describe('components', () => {
  it('touch along edges', () => {
    expect(ring.components.map(({ pixels }) => pixels)).toEqual([15, 1])
    const corners = picture('#.', '.#')
    expect(corners.components.map(({ starts, ends }) => [starts, ends])).toEqual([
      [[0], [1]],
      [[3], [4]],
    ])
  })

  it('join late, and none reaches round the edge of the image', () => {
    const comb = picture('#.#.#', '#.#.#', '#####')
    expect(comb.components.map(({ pixels }) => pixels)).toEqual([11])
    const edges = picture('..#', '#..')
    expect(edges.components.length).toBe(2)
  })

  it('of nothing are none, and of everything one', () => {
    expect(picture('...', '...').components).toEqual([])
    expect(picture('###', '###').components).toEqual([{ pixels: 6, starts: [0, 3], ends: [3, 6] }])
  })
})

describe('outlines', () => {
  it('have the corners of the pixels', () => {
    const { outlines } = picture('....', '.##.', '.#..')
    expect(outlines).toEqual([
      {
        outer: {
          points: [
            [3, 1],
            [3, 2],
            [2, 2],
            [2, 3],
            [1, 3],
            [1, 1],
          ],
          pixels: 3,
        },
        holes: [],
      },
    ])
  })

  it('have holes, which are not those of the part inside', () => {
    const target = picture(
      '#####',
      '#...#',
      '#.#.#',
      '#...#',
      '#####',
      '.....',
      '###..',
      '#.#..',
      '###..',
    )
    expect(sizes(target)).toEqual([
      [25, [9]],
      [1, []],
      [9, [1]],
    ])
  })

  it('go inside where only corners close a ring', () => {
    expect(sizes(ring)).toEqual([
      [15, []],
      [1, []],
    ])
  })
})

const sizes = ({ outlines }: ReturnType<typeof picture>) =>
  outlines.map(({ outer, holes }) => [outer.pixels, holes.map(({ pixels }) => pixels)])

const whole = { agreement: 1, points: 400 }

describe('contours', () => {
  it('give the mask back exactly when they must', () => {
    for (const { components, outlines, width, height } of [ring, picture('###', '#.#', '###')]) {
      for (const [i, component] of components.entries()) {
        const outline = outlines[i]
        if (outline === undefined) throw new Error('no outline')
        const contour = contourOf(component, outline, width, height, whole)
        expect(contour).toMatchObject({ agreement: 1, lostHoles: 0 })
      }
    }
  })

  it('have few points where little is lost', () => {
    const rows = Array.from({ length: 60 }, (_, y) =>
      Array.from({ length: 60 }, (_, x) => (Math.hypot(x - 30, y - 30) < 25 ? '#' : '.')).join(''),
    )
    const { components, outlines, width, height } = picture(...rows)
    const [component] = components
    const [outline] = outlines
    if (component === undefined || outline === undefined) throw new Error('no disc')
    const contour = contourOf(component, outline, width, height, { agreement: 0.98, points: 400 })
    expect(contour.agreement).toBeGreaterThanOrEqual(0.98)
    expect(contour.points.length).toBeLessThan(outline.outer.points.length / 3)
    const exact = contourOf(component, outline, width, height, whole)
    expect(exact.agreement).toBe(1)
    expect(exact.points.length).toBeGreaterThan(contour.points.length)
  })

  it('keep to the most points, large holes first', () => {
    const rows = Array.from({ length: 41 }, (_, y) =>
      Array.from({ length: 41 }, (_, x) => (x % 4 === 2 && y % 4 === 2 ? '.' : '#')).join(''),
    )
    const { components, outlines, width, height } = picture(...rows)
    const [component] = components
    const [outline] = outlines
    if (component === undefined || outline === undefined) throw new Error('no sieve')
    expect(outline.holes.length).toBe(100)
    const coarse = contourOf(component, outline, width, height, { agreement: 0.98, points: 64 })
    expect(coarse.points.length).toBeLessThanOrEqual(64)
    expect(coarse.points.length).toBeGreaterThanOrEqual(4)
    expect(coarse.lostHoles).toBe(96)
    expect(coarse.agreement).toBeGreaterThan(0.9)
  })

  it('share the points between a frayed border and the largest holes', () => {
    const rows = Array.from({ length: 50 }, (_, y) =>
      Array.from({ length: 64 }, (_, x) => {
        const isHole = y > 25 && x % 16 >= 4 && x % 16 < 14 && y % 10 < 2 + (x % 3)
        return y >= (x % 2) * 20 && !isHole ? '#' : '.'
      }).join(''),
    )
    const { components, outlines, width, height } = picture(...rows)
    const [component] = components
    const [outline] = outlines
    if (component === undefined || outline === undefined) throw new Error('no comb')
    expect(outline.holes.length).toBeGreaterThan(4)
    const coarse = contourOf(component, outline, width, height, { agreement: 0.999, points: 64 })
    expect(coarse.lostHoles).toBe(outline.holes.length - 4)
    expect(coarse.points.length).toBeLessThanOrEqual(64)
    expect(coarse.points.length).toBeGreaterThan(40)
  })
})

describe('simplification', () => {
  const square: Point[] = [[0, 0], [4, 0.1], [8, 0], [8, 8], [4, 7], [0, 8]] // biome-ignore format: a picture

  it('leaves out what lies within the tolerance', () => {
    const significance = significanceOf(square)
    expect(simplify(square, significance, 0.5)).toEqual(square.filter((_, i) => i !== 1))
    expect(simplify(square, significance, 2).length).toBe(4)
    expect(simplify(square, significance, 0)).toEqual(square)
  })

  it('always leaves a triangle', () => {
    expect(simplify(square, significanceOf(square), 100).length).toBe(3)
  })

  it('of the worst contour ends soon', () => {
    const count = 100_000
    const zigzag = Array.from({ length: count }, (_, i): Point => {
      return [i, i % 2 === 0 ? i - count : count - i]
    })
    const start = performance.now()
    significanceOf(zigzag)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
