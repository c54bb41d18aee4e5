import { describe, expect, it } from '@jest/globals'
import {
  type Annotation,
  changesTraining,
  noVerdict,
  replaces,
  verdict,
} from '@suggestive/sidecar/domain/verdict'

const newest = { emptyMeans: 'background', overlap: 'newest' } as const
const majority = { ...newest, overlap: 'majority' } as const

let lastId = 0
const said = (outcome: Annotation['outcome'], more: Partial<Annotation> = {}): Annotation => {
  const id = ++lastId
  return { id, outcome, groundTruth: false, at: id, beforeConnection: false, ...more }
}

describe('what counts for an image', () => {
  it('is nothing when nobody said anything, or everything was deleted', () => {
    expect(verdict([], newest)).toEqual(noVerdict)
    expect(verdict([said('deleted'), said('deleted')], majority)).toEqual(noVerdict)
  })

  it('is the newest annotation, by the time when it was finished', () => {
    const [late, early] = [said('labelled', { at: 100 }), said('labelled', { at: 50 })]
    expect(verdict([late, early], newest).labels).toEqual([late.id])
    expect(verdict([early, late], newest).labels).toEqual([late.id])
    const [first, second] = [said('labelled', { at: 7 }), said('labelled', { at: 7 })]
    expect(verdict([second, first], newest).labels).toEqual([second.id])
  })

  it('is the majority of all finished ones when that is asked for, empty ones included', () => {
    const all = [said('labelled'), said('empty'), said('skipped'), said('labelled')]
    expect(verdict(all.toReversed(), majority)).toEqual({
      outcome: 'labelled',
      labels: [all[0]?.id, all[1]?.id, all[3]?.id],
      beforeConnection: false,
    })
  })

  it('is the ground truth wherever there is one', () => {
    const truth = said('labelled', { groundTruth: true, at: 0 })
    const other = [said('labelled'), said('empty')]
    expect(verdict([...other, truth], newest).labels).toEqual([truth.id])
    expect(verdict([truth, ...other], majority).labels).toEqual([truth.id])
    const skipped = said('skipped', { groundTruth: true })
    expect(verdict([...other, skipped], majority).labels).toHaveLength(2)
  })

  it('is background when finished without regions, unless that means unlabelled', () => {
    const empty = [said('empty')]
    expect(verdict(empty, newest)).toEqual({ ...noVerdict, outcome: 'empty' })
    const unlabelled = { ...newest, emptyMeans: 'unlabelled' } as const
    expect(verdict(empty, unlabelled)).toEqual(noVerdict)
    expect(verdict([...empty, said('skipped')], unlabelled).outcome).toBe('skipped')
  })

  it('is skipped only when nothing else was said', () => {
    expect(verdict([said('skipped'), said('deleted')], newest).outcome).toBe('skipped')
    expect(verdict([said('empty', { at: 0 }), said('skipped')], newest).outcome).toBe('empty')
  })

  it('was there before the connection when all that counts was', () => {
    const [before, after] = [said('labelled', { beforeConnection: true }), said('labelled')]
    expect(verdict([before], newest).beforeConnection).toBe(true)
    expect(verdict([before, after], newest).beforeConnection).toBe(false)
    expect(verdict([before, after], majority).beforeConnection).toBe(false)
  })
})

describe('a training', () => {
  it('sees other versions and other outcomes, but neither skips nor equal backgrounds', () => {
    const labelled = (...labels: number[]) => ({ outcome: 'labelled' as const, labels })
    const empty = { outcome: 'empty' as const, labels: [] }
    const skipped = { outcome: 'skipped' as const, labels: [] }
    expect(changesTraining(labelled(1), labelled(2))).toBe(true)
    expect(changesTraining(labelled(1), labelled(1, 2))).toBe(true)
    expect(changesTraining(labelled(1), noVerdict)).toBe(true)
    expect(changesTraining(empty, labelled(1))).toBe(true)
    expect(changesTraining(noVerdict, empty)).toBe(true)
    expect(changesTraining(empty, empty)).toBe(false)
    expect(changesTraining(noVerdict, skipped)).toBe(false)
    expect(changesTraining(labelled(1), labelled(1))).toBe(false)
  })
})

describe('a version', () => {
  it('replaces smaller and equal ones', () => {
    expect([replaces(1, undefined), replaces(2, 1), replaces(1, 1), replaces(1, 2)]).toEqual([
      true,
      true,
      true,
      false,
    ])
  })
})
