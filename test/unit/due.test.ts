import { describe, expect, it } from '@jest/globals'
import { type DueQuery, due } from '@suggestive/sidecar/app/round/due'
import { momentOf } from '@suggestive/sidecar/domain/moment'

const now = 1_800_000_000_000
const minute = 60_000

const query = (
  more: Omit<Partial<DueQuery>, 'inputs'> & { inputs?: Partial<DueQuery['inputs']> } = {},
): DueQuery => ({
  settings: { k: 4, idleMinutes: 10 },
  paused: false,
  last: undefined,
  hasEarlierLabels: false,
  justEnded: false,
  readyAt: now - minute,
  now,
  ...more,
  inputs: { labelled: 4, fresh: 4, lastAt: now - minute, active: null, ...more.inputs },
})
const ended = (state: 'finished' | 'failed' | 'cancelled', at: number) => ({
  state,
  finishedAt: momentOf(at),
})
const waiting = { kind: 'waiting' }

describe('a round is due', () => {
  it.each<[string, DueQuery, object]>([
    ['with k fresh labels', query(), { kind: 'now', reason: 'first' }],
    [
      'again with k fresh labels',
      query({ last: ended('finished', now - 9 * minute) }),
      { kind: 'now', reason: 'labels' },
    ],
    ['not while one runs', query({ inputs: { active: 3 } }), waiting],
    ['not in a paused project', query({ paused: true }), waiting],
    ['not with one labelled image', query({ inputs: { labelled: 1 } }), waiting],
    ['not without a fresh label', query({ inputs: { fresh: 0, lastAt: null } }), waiting],
    [
      'with fewer than k after a pause only',
      query({ inputs: { fresh: 1 } }),
      { kind: 'later', at: now + 9 * minute },
    ],
    [
      'with fewer than k after that pause',
      query({ inputs: { fresh: 1, lastAt: now - 10 * minute }, last: ended('finished', 0) }),
      { kind: 'now', reason: 'idle' },
    ],
    [
      'at once when labels came during the last one',
      query({ inputs: { fresh: 1 }, last: ended('finished', now) }),
      { kind: 'now', reason: 'labels' },
    ],
    [
      'at once when it has just ended and something is new',
      query({ inputs: { fresh: 1, lastAt: now }, last: ended('finished', now), justEnded: true }),
      { kind: 'now', reason: 'labels' },
    ],
    ['not by old labels after a failure', query({ last: ended('failed', now) }), waiting],
    ['not by old labels when cancelled', query({ last: ended('cancelled', now) }), waiting],
    [
      'by new labels after a failure',
      query({ last: ended('failed', now - 2 * minute) }),
      { kind: 'now', reason: 'labels' },
    ],
    [
      'not before the labels of a project that is being connected have arrived',
      query({
        hasEarlierLabels: true,
        readyAt: now - 10_000,
        inputs: { fresh: 500, lastAt: now - 2000 },
      }),
      { kind: 'later', at: now + 3000 },
    ],
    [
      'but not later than a minute after two were there',
      query({
        hasEarlierLabels: true,
        readyAt: now - minute,
        inputs: { fresh: 500, lastAt: now },
      }),
      { kind: 'now', reason: 'first' },
    ],
    [
      'when they have, however few',
      query({ hasEarlierLabels: true, inputs: { fresh: 2 } }),
      { kind: 'now', reason: 'first' },
    ],
  ])('%s', (_, given, expected) => {
    expect(due(given)).toEqual(expected)
  })
})
