/** Parts of the agent by themselves: its event stream, pauses, parts of masks, and what counts as no suggestion. */
import { describe, expect, it } from '@jest/globals'
import { Bell } from '@suggestive/plugin-cvat/agent/bell'
import { cropped } from '@suggestive/plugin-cvat/agent/crop'
import { eventsOf, type StreamEvent } from '@suggestive/plugin-cvat/agent/event-stream'
import { areSameLabels } from '@suggestive/plugin-cvat/agent/labels'
import { storedSuggestion } from '@suggestive/plugin-cvat/agent/stored-suggestion'
import { Patience } from '@suggestive/plugin-cvat/agent/times'
import { maskOf, runsOf } from '@suggestive/shared/mask'
import { Problem, type ProblemKind } from '@suggestive/shared/problem'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import fc from 'fast-check'
import { createFakeTime } from '../fakes/time.ts'

const never = new AbortController().signal

async function read(pieces: Iterable<Uint8Array>): Promise<StreamEvent[]> {
  async function* stream() {
    yield* pieces
  }
  const found: StreamEvent[] = []
  for await (const event of eventsOf(stream())) found.push(event)
  return found
}

describe('an event stream', () => {
  const text =
    '\uFEFFretry: 5000\n: watching\n\nevent: newrequest\r\ndata: {"a":\r\ndata:"ä"}\r\n\r\n' +
    'id: 3\nretry: soon\nevent:other\ndata\n\ndata:  two spaces\n\nevent: broken off\ndata: x'
  const events = [
    { retryMs: 5000 },
    { type: 'newrequest', data: '{"a":\n"ä"}' },
    { type: 'other', data: '' },
    { type: '', data: ' two spaces' },
  ]

  it('is the same in whatever pieces it comes', async () => {
    const bytes = Buffer.from(text)
    expect(await read([bytes])).toEqual(events)
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const edges = [0, ...at.toSorted((a, b) => a - b), bytes.length]
        expect(await read(edges.map((from, i) => bytes.subarray(from, edges[i + 1])))).toEqual(
          events,
        )
      }),
    )
  })

  it('may have lines that end with carriage returns', async () => {
    expect(await read([Buffer.from('event: a\rdata: 1\r\rx: y\r')])).toEqual([
      { type: 'a', data: '1' },
    ])
  })

  it('does not fill the memory', async () => {
    await expect(read([Buffer.alloc(1_000_001, 'a')])).rejects.toThrow(/no end/)
  })
})

describe('a part of a mask', () => {
  it('has the pixels of the part', () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
    })
    const scene = sizes.chain(({ width, height }) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        data: fc.uint8Array({ minLength: width * height, maxLength: width * height, max: 3 }),
        left: fc.nat(width - 1),
        top: fc.nat(height - 1),
        across: fc.integer({ min: 1, max: width }),
        down: fc.integer({ min: 1, max: height }),
      }),
    )
    fc.assert(
      fc.property(scene, ({ width, height, data, left, top, across, down }) => {
        const right = Math.min(width, left + across)
        const bottom = Math.min(height, top + down)
        const part = maskOf(cropped(runsOf({ width, height, data }), { left, top, right, bottom }))
        expect([part.width, part.height]).toEqual([right - left, bottom - top])
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) {
            expect(part.data[(y - top) * part.width + x - left]).toBe(data[y * width + x])
          }
        }
      }),
    )
  })
})

describe('labels of a function', () => {
  const gland = { name: 'gland', type: 'mask' }
  const other = { name: 'other', type: 'any' }
  it.each([
    [[gland, other], [other, gland], true],
    [[gland], [gland, other], false],
    [[gland], [{ ...gland, type: 'polygon' }], false],
    [[gland], [{ ...gland, name: 'Gland' }], false],
  ])('%j and %j are the same: %s', (a, b, same) => {
    expect(areSameLabels(a, b)).toBe(same)
  })
})

describe('pauses', () => {
  const near = (value: number, ms: number) => Math.abs(value - ms) <= 0.15 * ms
  it('grow, up to a limit, and begin anew', () => {
    const patience = new Patience({ leastPauseMs: 1000, mostPauseMs: 5000 })
    const expected = [1000, 2000, 4000, 5000, 5000]
    for (const ms of expected) expect(near(patience.next(), ms)).toBe(true)
    patience.reset()
    expect(near(patience.next(), 1000)).toBe(true)
    expect(near(patience.next(true), 5000)).toBe(true)
    patience.reset(3000)
    expect(near(patience.next(), 3000)).toBe(true)
    patience.reset(9000)
    expect(near(patience.next(), 5000)).toBe(true)
  })

  it('end when it rings, also before, and when all ends', async () => {
    const { timers, pass } = createFakeTime()
    const bell = new Bell()
    let ends = 0
    const wait = (signal = never) => bell.wait(1000, timers, signal).then(() => (ends += 1))
    bell.ring()
    await wait()
    expect(ends).toBe(1)
    const second = wait()
    await pass(500)
    expect(ends).toBe(1)
    bell.ring()
    await second
    const third = wait()
    await pass(1000)
    await third
    const ending = new AbortController()
    const fourth = wait(ending.signal)
    ending.abort()
    await fourth
    await wait(ending.signal)
    expect(ends).toBe(5)
  })
})

describe('the suggestion for a task', () => {
  const found = {
    ...{ taskKey: '1-0', modelDigest: 'a', round: 1, uncertainty: 0, foreground: 0 },
    mask: { width: 1, height: 1, layers: [{ classId: 1, runs: [0, 1] }] },
    scores: [{ classId: 1, score: 0.5 }],
    maps: { mask: '', probability: [], uncertainty: '' },
  }
  const sidecar = (kind?: ProblemKind): Pick<SidecarClient, 'suggestion'> => ({
    async suggestion() {
      if (kind !== undefined) throw new Problem(kind, 'It is so.')
      return found
    },
  })
  const ask = (kind?: ProblemKind, project: string | undefined = 'glands') =>
    storedSuggestion(sidecar(kind), project, '1-0', never)

  it('is its mask and scores', async () => {
    expect(await ask()).toEqual({ mask: found.mask, scores: new Map([[1, 0.5]]) })
  })

  it.each<ProblemKind>(['not-ready', 'not-found', 'unreadable-input'])(
    'is none while it is %s',
    async (kind) => {
      expect(await ask(kind)).toBeUndefined()
    },
  )

  it('is none before the project has a name', async () => {
    expect(await storedSuggestion(sidecar('internal'), undefined, '1-0', never)).toBeUndefined()
  })

  it('is a failure when the sidecar fails', async () => {
    await expect(ask('tool-failed')).rejects.toThrow('It is so.')
  })
})
