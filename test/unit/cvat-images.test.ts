import { beforeEach, describe, expect, it } from '@jest/globals'
import { createImages, type ImagesOptions } from '@suggestive/plugin-cvat/images'
import { Problem } from '@suggestive/shared/problem'
import { problemOf } from '../support/problems.ts'

const never = new AbortController().signal
/** Frames of a chunk, and of the task. */
const [chunkSize, size] = [10, 25]

let asked: string[]
let clock: number
/** What chunks wait for. */
let gate: Promise<void>
let failure: Problem | undefined
/** Frames that chunks lack. */
let missing: number

beforeEach(() => {
  asked = []
  clock = 1_000_000
  gate = Promise.resolve()
  failure = undefined
  missing = 0
})

const bytesOf = (task: number, frame: number) =>
  Uint8Array.from({ length: 100 }, () => task + frame)

const client = {
  async frame(task: number, frame: number) {
    asked.push(`frame ${task}/${frame}`)
    if (frame >= size) throw new Problem('unreadable-input', 'There is no such frame.')
    return bytesOf(task, frame)
  },
  async chunk(task: number, chunk: number, signal: AbortSignal) {
    asked.push(`chunk ${task}/${chunk}`)
    signal.addEventListener('abort', () => asked.push('stopped'))
    await gate
    if (signal.aborted) throw new Problem('cancelled', 'It was stopped.')
    if (failure !== undefined) throw failure
    const first = chunk * chunkSize
    const length = Math.min(chunkSize, size - first) - missing
    return Array.from({ length }, (_, i) => bytesOf(task, first + i))
  },
  async taskMeta() {
    asked.push('meta')
    return {
      ...{ chunk_size: chunkSize, size, start_frame: 0, stop_frame: size - 1 },
      ...{ deleted_frames: [], frames: [] },
    }
  },
}

const open = (options: ImagesOptions = {}) => createImages(client, { now: () => clock, ...options })

type Images = ReturnType<typeof open>

/** Reads them one after the other; their bytes must be right. */
async function readAll(
  images: Images,
  task: number,
  ...frames: readonly number[]
): Promise<string[]> {
  asked = []
  for (const frame of frames) {
    expect(await images.read(task, frame, never)).toEqual(bytesOf(task, frame))
  }
  return asked
}

describe('frames', () => {
  it('are fetched one by one at first, the whole chunk with the third', async () => {
    const images = open()
    expect(await readAll(images, 1, 3, 3, 7)).toEqual(['frame 1/3', 'frame 1/3', 'frame 1/7'])
    expect(await readAll(images, 1, 5)).toEqual(['meta', 'chunk 1/0'])
    expect(await readAll(images, 1, 0, 9, 3)).toEqual([])
  })

  it('of other chunks and tasks are counted apart', async () => {
    const images = open()
    expect(await readAll(images, 1, 0, 1, 10, 11)).toEqual([
      ...['frame 1/0', 'frame 1/1', 'meta', 'frame 1/10', 'frame 1/11'],
    ])
    expect(await readAll(images, 2, 0, 1)).toEqual(['frame 2/0', 'frame 2/1'])
    expect(await readAll(images, 1, 12)).toEqual(['chunk 1/1'])
  })

  it('of the last, shorter chunk are found', async () => {
    const images = open()
    expect(await readAll(images, 1, 20, 21, 24, 23)).toEqual([
      ...['frame 1/20', 'frame 1/21', 'meta', 'chunk 1/2'],
    ])
  })

  it('that are asked for long after each other stay single', async () => {
    const images = open()
    for (const frame of [1, 2, 3, 4]) {
      expect(await readAll(images, 1, frame)).toEqual([`frame 1/${frame}`])
      clock += 40_000
    }
  })

  it('that do not exist are told by the frame itself', async () => {
    const images = open()
    await readAll(images, 1, 20, 21, 22)
    const sentence = await problemOf('unreadable-input', () => images.read(1, 25, never))
    expect(sentence).toBe('There is no such frame.')
  })

  it('may be laid out as is known already', async () => {
    const images = open({ layoutOf: async () => ({ chunk_size: 5, size }) })
    expect(await readAll(images, 1, 0, 1, 2)).toEqual([
      'frame 1/0',
      'frame 1/1',
      'chunk 1/0',
      'frame 1/2',
    ])
    const single = open({ layoutOf: async () => ({ chunk_size: 1, size }) })
    expect((await readAll(single, 1, 0, 1, 2)).filter((one) => one.startsWith('chunk'))).toEqual([])
  })
})

describe('a chunk', () => {
  it('is fetched once for all who want it at the same time', async () => {
    const images = open()
    const frames = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((frame) => images.read(1, frame, never)),
    )
    expect(frames).toEqual([0, 1, 2, 3, 4, 5].map((frame) => bytesOf(1, frame)))
    expect(asked.filter((one) => one.startsWith('chunk'))).toEqual(['chunk 1/0'])
  })

  it('is not stopped when one of those who want it stops', async () => {
    const images = open()
    await readAll(images, 1, 0, 1)
    let go = () => {}
    gate = new Promise((resolve) => {
      go = resolve
    })
    const stop = new AbortController()
    const stopped = problemOf('cancelled', () => images.read(1, 2, stop.signal))
    const other = images.read(1, 3, never)
    await new Promise(setImmediate)
    stop.abort()
    await stopped
    go()
    expect(await other).toEqual(bytesOf(1, 3))
    expect(asked.slice(-1)).toEqual(['chunk 1/0'])
  })

  it('is stopped when all have stopped, and tried again by the next', async () => {
    const images = open()
    await readAll(images, 1, 0, 1)
    let go = () => {}
    gate = new Promise((resolve) => {
      go = resolve
    })
    const stop = new AbortController()
    const stopped = problemOf('cancelled', () => images.read(1, 2, stop.signal))
    await new Promise(setImmediate)
    stop.abort()
    await stopped
    expect(asked.slice(-2)).toEqual(['chunk 1/0', 'stopped'])
    go()
    expect(await readAll(images, 1, 2)).toEqual(['chunk 1/0'])
  })

  it.each([
    ['cannot be read', () => new Problem('unreadable-input', 'No ZIP file.')],
    ['is too large', () => new Problem('too-large', 'Gigabytes.')],
  ])('that %s is left alone for a while, and its frames are fetched', async (_, fail) => {
    const images = open()
    failure = fail()
    expect(await readAll(images, 1, 0, 1, 2, 3)).toEqual([
      ...['frame 1/0', 'frame 1/1', 'meta', 'chunk 1/0', 'frame 1/2', 'frame 1/3'],
    ])
    clock += 601_000
    failure = undefined
    expect(await readAll(images, 1, 0, 1, 2)).toEqual(['frame 1/0', 'frame 1/1', 'chunk 1/0'])
  })

  it('that lacks a frame is not believed: all others would be in the wrong place', async () => {
    const images = open()
    missing = 1
    expect(await readAll(images, 1, 0, 1, 2)).toEqual([
      ...['frame 1/0', 'frame 1/1', 'meta', 'chunk 1/0', 'frame 1/2'],
    ])
  })
})

describe('the cache', () => {
  it('drops what was used least recently when it is full', async () => {
    // Two chunks of 1000 bytes.
    const images = open({ mostBytes: 2000 })
    await readAll(images, 1, 0, 1, 2)
    await readAll(images, 2, 0, 1, 2)
    expect(await readAll(images, 1, 4)).toEqual([])
    expect(await readAll(images, 3, 0, 1, 2)).toContain('chunk 3/0')
    expect(await readAll(images, 1, 5)).toEqual([])
    expect(await readAll(images, 2, 5)).toEqual(['chunk 2/0'])
  })

  it('does not keep a chunk that is larger than itself, and its frames are fetched', async () => {
    const images = open({ mostBytes: 999 })
    expect(await readAll(images, 1, 0, 1, 2, 3)).toEqual([
      ...['frame 1/0', 'frame 1/1', 'meta', 'chunk 1/0', 'frame 1/3'],
    ])
  })
})
