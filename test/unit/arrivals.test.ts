import { expect, it } from '@jest/globals'
import { createArrivals } from '@suggestive/sidecar/http/arrivals'

it('many images are one thing to tell, for each project', async () => {
  const poked: string[] = []
  const store = { projects: async () => JSON.parse('[{"id": "a"}, {"id": "b"}]') }
  const arrivals = createArrivals(store, { poke: (id) => void poked.push(id) }, () => {})
  for (let i = 0; i < 100; i++) arrivals.note()
  expect(poked).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(poked).toEqual(['a', 'b'])
  arrivals.note()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(poked).toEqual(['a', 'b', 'a', 'b'])
})
