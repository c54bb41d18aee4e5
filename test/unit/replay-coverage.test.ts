/** The coverage bench's arithmetic, with an engine without networks. */
import { describe, expect, it } from '@jest/globals'
import { countKinds } from '@suggestive/sidecar/app/replay/kinds'
import { sortedSets } from '@suggestive/sidecar/app/replay/source'
import { kindsOfSeed } from '../bench/coverage.ts'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { problemOf } from '../support/problems.ts'
import { replaySmall, smallOptions, smallRequest } from '../support/replay.ts'

describe('kindsOfSeed', () => {
  const { pool } = sortedSets(smallRequest())
  const settings = { images: 24, k: 6, candidates: 12, initial: 3, budget: 0.25 }
  const kinds = (own: typeof settings) =>
    kindsOfSeed(createPixelEngine(), pool, [0, 255], smallOptions.settings, own, 1)

  it('counts what the replay itself reveals up to the budget', async () => {
    const found = await kinds(settings)
    expect(found.isQueryAtKEqualsK).toBe(true)
    const request = smallRequest({ ...settings, budgets: [0.25], reference: false })
    const { records } = await replaySmall(request)
    const [first, ...later] = records
    for (const name of ['suggestive', 'uncertainty', 'random'] as const) {
      const round = later.find(({ stage }) => stage === name)
      expect(found[name]).toBe(countKinds([...(first?.added ?? []), ...(round?.added ?? [])], pool))
    }
  })

  it('needs one batch to reach the budget', async () => {
    const far = () => kinds({ ...settings, budget: 0.9 })
    expect(await problemOf('wrong-use', far)).toMatch(/do not reach the budget 0\.9/)
  })
})
