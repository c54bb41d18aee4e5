import { describe, expect, it } from '@jest/globals'
import { joinMembers } from '@suggestive/sidecar/domain/join-members'
import type { Model } from '@suggestive/sidecar/domain/model'
import { toModel } from '@suggestive/sidecar/domain/model-file'
import { profiles } from '@suggestive/sidecar/domain/settings'
import { problemOf } from '../support/problems.ts'

const member = (number: number, round = 1): Model =>
  toModel(
    {
      format: 1,
      settings: { ...profiles.quick, members: 2 },
      classValues: [0, 1],
      channels: 3,
      scale: 1,
      normalisation: { low: 0, high: 255, mean: [0, 0, 0], deviation: [1, 1, 1] },
      seed: 1,
      round,
      heldOut: [],
      members: [{ sample: [`of ${number}`], bestIteration: 1, finalLoss: number }],
      warnings: [],
      engine: 'none',
    },
    [{ name: `member${number}.w`, shape: [1], data: Float32Array.of(number) }],
  )

describe('members joined to an ensemble', () => {
  it('stand in the order of their numbers', () => {
    const { header, tensors } = joinMembers([member(1), member(0)])
    expect(header.members.map(({ finalLoss }) => finalLoss)).toEqual([0, 1])
    expect(tensors.map(({ name }) => name)).toEqual(['member0.w', 'member1.w'])
  })

  it.each([
    ['none at all', [], /there are none/],
    ['one of two', [member(1)], /member 0 of 2 is missing/],
    ['the same twice', [member(0), member(0)], /member 0 is there twice/],
    ['another round', [member(0), member(1, 2)], /different trainings/],
    ['an ensemble', [joinMembers([member(0), member(1)])], /not those of one member/],
  ])('are refused: %s', async (_, models, words) => {
    expect(await problemOf('wrong-use', () => joinMembers(models))).toMatch(words)
  })
})
