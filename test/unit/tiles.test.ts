import { describe, expect, it } from '@jest/globals'
import { planTiles } from '@suggestive/sidecar/domain/tiles'

describe('tiles', () => {
  it('make one padded tile of an image that fits', () => {
    expect(planTiles(16, 100, { side: 256, overlap: 64 })).toEqual([
      {
        input: { x: 0, y: 0, width: 32, height: 128 },
        owned: { x: 0, y: 0, width: 16, height: 100 },
      },
    ])
  })

  it('meet in the middle of their overlap', () => {
    // 448 = 256 + 192: two tiles, 0..255 and 192..447; the middle of 192..255 is 224.
    expect(planTiles(448, 10, { side: 256, overlap: 64 })).toEqual([
      {
        input: { x: 0, y: 0, width: 256, height: 32 },
        owned: { x: 0, y: 0, width: 224, height: 10 },
      },
      {
        input: { x: 192, y: 0, width: 256, height: 32 },
        owned: { x: 224, y: 0, width: 224, height: 10 },
      },
    ])
  })

  it('end with the padded image', () => {
    const tiles = planTiles(10_000, 10_000, { side: 1024, overlap: 256 })
    expect(tiles).toHaveLength(13 * 13)
    const last = tiles.at(-1)
    expect(last?.input).toEqual({ x: 8992, y: 8992, width: 1024, height: 1024 })
    expect((last?.owned.x ?? 0) + (last?.owned.width ?? 0)).toBe(10_000)
  })
})
