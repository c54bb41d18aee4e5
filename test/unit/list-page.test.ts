import { expect, it } from '@jest/globals'
import { listPage } from '@suggestive/sidecar/http/list-page'

const keyOf = (item: string) => item

it('goes through a list that changes, without leaving out or repeating what stays', () => {
  const first = listPage(['d', 'a', 'c', 'b', 'e'], keyOf, { limit: 2 })
  expect(first).toEqual({ items: ['a', 'b'], next: 'b' })
  // `b`, where the page ended, is gone, and `aa` is new.
  const second = listPage(['e', 'd', 'c', 'aa', 'a'], keyOf, { limit: 2, after: 'b' })
  expect(second).toEqual({ items: ['c', 'd'], next: 'd' })
  const last = listPage(['e', 'd'], keyOf, { limit: 2, after: 'd' })
  expect(last).toEqual({ items: ['e'], next: null })
})
