import { describe, expect, it } from '@jest/globals'
import { createByteCache } from '@suggestive/shared/byte-cache'

describe('a cache with a limit in bytes', () => {
  const filled = () => {
    const cache = createByteCache<string>(10, (text) => text.length)
    cache.set('a', 'aaaa')
    cache.set('b', 'bbbb')
    return cache
  }

  it('forgets what was used longest ago', () => {
    const cache = filled()
    cache.get('a')
    cache.set('c', 'cccc')
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['aaaa', undefined, 'cccc'])
  })

  it('counts a replaced value once and does not keep what is too large', () => {
    const cache = filled()
    cache.set('b', 'bbbbbb')
    expect(cache.get('a')).toBe('aaaa')
    cache.set('c', 'c'.repeat(11))
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['aaaa', 'bbbbbb', undefined])
  })
})
