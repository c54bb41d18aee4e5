import { expect, it } from '@jest/globals'
import { createArrivals } from '@suggestive/sidecar/http/arrivals'

const afterwards = () => new Promise((resolve) => setTimeout(resolve, 300))

it('many images are one thing to tell, to the projects that have tasks of them', async () => {
  const poked: string[] = []
  const asked: (readonly string[])[] = []
  const store = {
    projectsWith: async (digests: readonly string[]) => {
      asked.push(digests)
      return digests.includes('b-1') ? ['a', 'b'] : ['a']
    },
  }
  const arrivals = createArrivals(store, { poke: (id) => void poked.push(id) }, () => {})
  for (let i = 0; i < 100; i++) arrivals.note(`a-${i}`)
  expect(poked).toEqual([])
  await afterwards()
  expect([asked.length, asked[0]?.length]).toEqual([1, 100])
  expect(poked).toEqual(['a'])
  arrivals.note('b-1')
  await afterwards()
  expect([asked.at(-1), poked]).toEqual([['b-1'], ['a', 'a', 'b']])
})
