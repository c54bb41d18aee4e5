import { describe, expect, it } from '@jest/globals'
import { millisecondsOf, momentOf } from '@suggestive/sidecar/domain/moment'
import { draws } from '@suggestive/sidecar/domain/random'

describe('moments', () => {
  it('are written and read as the language itself does', () => {
    const random = draws(1, 'moments')
    const days = [0, -1, 58, 59, 60, 11_015, 11_016, 19_782, 47_540, 365_000]
    const list = days.flatMap((day) => [day * 86_400_000, day * 86_400_000 - 1])
    for (let i = 0; i < 2000; i++) list.push(Math.floor((random.uniform(i) - 0.2) * 8e12))
    for (const at of list) {
      const text = new Date(at).toISOString()
      expect(momentOf(at)).toBe(text)
      expect(millisecondsOf(text)).toBe(at)
    }
  })

  it('may come without a fraction of a second, or with a long one', () => {
    expect(millisecondsOf('2026-11-24T10:15:00Z')).toBe(Date.parse('2026-11-24T10:15:00Z'))
    expect(millisecondsOf('2026-11-24T10:15:00.5Z') % 1000).toBe(500)
    expect(millisecondsOf('2026-11-24T10:15:00.123456Z') % 1000).toBe(123)
  })

  it.each(['', 'today', '2026-11-24', '2026-11-24T10:15:00+01:00'])('are not: %s', (text) => {
    expect(() => millisecondsOf(text)).toThrow(RangeError)
  })
})
