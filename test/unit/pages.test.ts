import { describe, expect, it } from '@jest/globals'
import { createPageCache } from '@suggestive/sidecar/http/pages'

const page = (length: number) => ({ status: 200, headers: {}, body: new Uint8Array(length) })

describe('rendered pages', () => {
  it('are given back for the same address and version only', () => {
    const cache = createPageCache(100_000)
    const one = page(10)
    cache.put('/a', '1', one)
    expect(cache.get('/a', '1')).toBe(one)
    expect(cache.get('/b', '1')).toBeUndefined()
    expect(cache.get('/a', '2')).toBeUndefined()
    expect(cache.get('/a', '1')).toBeUndefined()
  })

  it('are forgotten when memory runs out, the least asked for first', () => {
    const cache = createPageCache(10_000)
    for (let i = 0; i < 8; i++) cache.put(`/${i}`, '1', page(700))
    cache.get('/0', '1')
    cache.put('/8', '1', page(700))
    const kept = Array.from({ length: 9 }, (_, i) => cache.get(`/${i}`, '1') !== undefined)
    expect(kept).toEqual([true, false, true, true, true, true, true, true, true])
  })

  it('are counted once when they are put again, and not kept when they are large', () => {
    const cache = createPageCache(10_000)
    for (let i = 0; i < 100; i++) cache.put('/same', String(i), page(700))
    for (let i = 0; i < 6; i++) cache.put(`/${i}`, '1', page(700))
    cache.put('/large', '1', page(2000))
    expect(cache.get('/large', '1')).toBeUndefined()
    expect(cache.get('/same', '99')).toBeDefined()
  })
})
