/** The check of the end-to-end test finds what it is there to find. */
import { describe, expect, it } from '@jest/globals'
import { checkOrder, type Serving } from '../support/label-studio-order.ts'

const none: ReadonlySet<number> = new Set()
const ranks = [5, 3, 8, 1, 9, 2]

function serving(user: string, task: number, moment: Partial<Serving['moment']> = {}): Serving {
  const free = { finished: none, skipped: none, skippedByOthers: none, own: none, locked: none }
  return { user, task, ranks, moment: { version: 'sa-r1-00000000', ...free, ...moment } }
}
const set = (...tasks: number[]) => new Set(tasks)

describe('the order in which tasks were served', () => {
  it('is right for two people side by side', () => {
    const servings = [
      serving('anna', 5),
      serving('ben', 3, { locked: set(5) }),
      serving('anna', 8, { finished: set(5), locked: set(3) }),
      serving('ben', 1, { finished: set(5, 3), locked: set(8) }),
    ]
    expect(checkOrder(servings)).toEqual({ exceptions: [], faults: [] })
  })

  it('is wrong when a free rank was left out', () => {
    const { faults } = checkOrder([serving('anna', 3)])
    expect(faults).toEqual([
      'anna got task 3 (rank 2) under sa-r1-00000000, but 5 (rank 1) was free.',
    ])
  })

  it('is wrong for a task that is in no order', () => {
    expect(checkOrder([serving('anna', 77)]).faults).toHaveLength(1)
  })

  it('has exceptions for what was locked, skipped or finished before', () => {
    const moment = { locked: set(5), finished: set(3) }
    const { exceptions, faults } = checkOrder([
      serving('anna', 8, moment),
      serving('ben', 1, { ...moment, skipped: set(8) }),
    ])
    expect(exceptions.map(({ user, rank, why }) => [user, rank, why])).toEqual([
      ['anna', 1, 'open since an earlier order'],
      ['anna', 2, 'finished since the order was made'],
      ['ben', 1, 'open since an earlier order'],
      ['ben', 2, 'finished since the order was made'],
      ['ben', 3, 'skipped by the user'],
    ])
    expect(faults).toEqual(['3 exceptions for ben under sa-r1-00000000.'])
  })

  it('gives a task again to whoever has it open', () => {
    const { exceptions, faults } = checkOrder([serving('anna', 9, { own: set(9) })])
    expect([exceptions.length, faults]).toEqual([1, []])
  })

  it('is wrong when two people get the same task, unless the first one has skipped it', () => {
    const twice = [serving('anna', 5), serving('ben', 5)]
    expect(checkOrder(twice).faults).toEqual(['Task 5 was served to anna and to ben.'])
    const skipped = [serving('anna', 5), serving('ben', 5, { skippedByOthers: set(5) })]
    expect(checkOrder(skipped).faults).toEqual([])
  })
})
