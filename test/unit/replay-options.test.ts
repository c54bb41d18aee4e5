/** Questions that a replay refuses, each with one sentence. */
import { describe, expect, it } from '@jest/globals'
import { checkedOptions, type ReplayOptions } from '@suggestive/sidecar/app/replay/options'
import { problemOf } from '../support/problems.ts'
import { smallOptions } from '../support/replay.ts'

const refusals: readonly (readonly [string, Partial<ReplayOptions>, RegExp])[] = [
  ['no batch', { k: 0 }, /^--k .* at least 1, not 0\./],
  ['half an image', { k: 1.5 }, /^--k .* whole number .* not 1\.5\./],
  ['k > K', { k: 9, candidates: 8 }, /^--k 9 is larger than --candidates 8/],
  ['no candidates', { candidates: 0 }, /^--candidates /],
  ['no seed', { seeds: 0 }, /^--seeds /],
  ['not a number', { seeds: Number.NaN }, /^--seeds .* not NaN/],
  ['no start', { initial: 0 }, /^--initial /],
  ['a start larger than the pool', { initial: 25 }, /^--initial 25 .* only 24 images/],
  ['a start as large as the pool', { initial: 24 }, /^--initial 24 leaves nothing to suggest/],
  ['no strategy', { strategies: [] }, /^--strategies is empty/],
  ['a strategy twice', { strategies: ['random', 'random'] }, /^--strategies names "random" twice/],
  ['no budget', { budgets: [] }, /^--budgets is empty/],
  ['a budget of nothing', { budgets: [0, 0.5] }, /^--budgets holds 0, /],
  ['a budget in percent', { budgets: [10] }, /^--budgets holds 10, /],
  ['a budget that is no number', { budgets: [Number.NaN] }, /^--budgets holds NaN, /],
  ['a budget twice', { budgets: [0.1, 0.1] }, /^--budgets names 0.1 twice/],
  ['no members', { settings: { ...smallOptions.settings, members: 0 } }, /^--members /],
]

describe('checkedOptions', () => {
  it.each(refusals)('refuses %s', async (_, wrong, sentence) => {
    const message = await problemOf('wrong-use', () =>
      checkedOptions({ ...smallOptions, ...wrong }, 24),
    )
    expect(message).toMatch(sentence)
    expect(message).toMatch(/\.$/)
  })

  it('sorts the budgets and keeps everything else', () => {
    const options = { ...smallOptions, budgets: [1, 0.25, 0.5] }
    expect(checkedOptions(options, 24)).toEqual({ ...options, budgets: [0.25, 0.5, 1] })
  })
})
