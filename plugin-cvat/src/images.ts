/**
 * The bytes of frames: one by one, or a whole chunk when several of its frames are wanted, which costs the server a tenth
 * (contract section 4). They are the same both ways.
 */
import { createByteCache } from '@suggestive/shared/byte-cache'
import { Problem } from '@suggestive/shared/problem'
import type { DataMeta } from './client/wire.ts'
import type { Client } from './client.ts'
import { createSharedWork } from './images/shared-work.ts'

/** How frames lie in the chunks of a task. */
export type FrameLayout = Pick<DataMeta, 'chunk_size' | 'size'>

export interface ImagesOptions {
  /** Of chunks in memory; default 256 MB. */
  readonly mostBytes?: number
  /** Milliseconds. */
  readonly now?: () => number
  /** Where it is known already; by default CVAT is asked once for each task. */
  readonly layoutOf?: (task: number, signal: AbortSignal) => Promise<FrameLayout>
}

export interface Images {
  /**
   * The bytes as they were uploaded.
   *
   * @param frame the task's number of it
   * @throws Problem `unreadable-input` when there is no such frame any more
   */
  read(task: number, frame: number, signal: AbortSignal): Promise<Uint8Array>
}

/** Distinct frames of one chunk within `windowMs` for which the chunk is fetched. */
const wantedTogether = 3
const windowMs = 60_000

/** A chunk that cannot be used is not tried again before. */
const restMs = 600_000

/** Tasks and chunks that are remembered at most. */
const mostRemembered = 2000

export function createImages(
  client: Pick<Client, 'frame' | 'chunk' | 'taskMeta'>,
  { mostBytes = 256_000_000, now = Date.now, layoutOf }: ImagesOptions = {},
): Images {
  const cache = createByteCache<Chunk>(mostBytes, bytesOf)
  const fetches = createSharedWork<Chunk>()
  const layouts = new Map<number, FrameLayout>()
  /** By task: its frames that were asked for, and when. */
  const asked = new Map<number, Map<number, number>>()
  const unusable = new Map<string, number>()

  /** The frames of the task that were asked for within the window, this one included. */
  function recent(task: number, frame: number): readonly number[] {
    const frames = asked.get(task) ?? new Map<number, number>()
    asked.delete(task)
    asked.set(task, frames.set(frame, now()))
    for (const [one, at] of frames) if (at <= now() - windowMs) frames.delete(one)
    limit(asked)
    return [...frames.keys()]
  }

  async function layout(task: number, signal: AbortSignal): Promise<FrameLayout> {
    const known = layouts.get(task)
    if (known !== undefined) return known
    const { chunk_size, size } = await (layoutOf ?? client.taskMeta)(task, signal)
    layouts.set(task, { chunk_size, size })
    limit(layouts)
    return { chunk_size, size }
  }

  function rest(key: string): void {
    unusable.set(key, now() + restMs)
    limit(unusable)
  }

  /** @throws Problem of any kind; the frame alone then says better what is wrong, if anything is */
  async function fetched(key: string, place: Place, signal: AbortSignal): Promise<Chunk> {
    const { task, chunk, count } = place
    try {
      return await fetches.join(
        key,
        async (stop) => {
          const frames = await client.chunk(task, chunk, stop)
          if (frames.length !== count) throw otherCount(place, frames.length)
          cache.set(key, frames)
          // Too large to be kept: frames are read one by one for a while.
          if (cache.get(key) === undefined) rest(key)
          return frames
        },
        signal,
      )
    } catch (error) {
      if (!signal.aborted) rest(key)
      throw error
    }
  }

  /** Undefined when the frame is better read alone. */
  async function fromChunk(
    task: number,
    frame: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const together = recent(task, frame)
    if (together.length < wantedTogether && !layouts.has(task)) return undefined
    const { chunk_size: length, size } = await layout(task, signal)
    if (length <= 1 || frame >= size) return undefined
    const chunk = Math.floor(frame / length)
    const key = `${task}/${chunk}`
    const kept = cache.get(key)
    if (kept !== undefined) return kept[frame % length]
    const wanted = together.filter((one) => Math.floor(one / length) === chunk).length
    if (wanted < wantedTogether || now() < (unusable.get(key) ?? 0)) return undefined
    const count = Math.min(length, size - chunk * length)
    return (await fetched(key, { task, chunk, count }, signal))[frame % length]
  }

  return {
    async read(task, frame, signal) {
      try {
        const bytes = await fromChunk(task, frame, signal)
        if (bytes !== undefined) return bytes
      } catch (error) {
        if (!(error instanceof Problem) || signal.aborted) throw error
      }
      return client.frame(task, frame, signal)
    },
  }
}

/** The frames of a chunk, in their order. */
type Chunk = readonly Uint8Array[]

const bytesOf = (chunk: Chunk): number => chunk.reduce((sum, { length }) => sum + length, 0)

interface Place {
  readonly task: number
  readonly chunk: number
  /** Frames that it must have. */
  readonly count: number
}

/** Frames in other places would be learnt with the wrong labels. */
function otherCount({ task, chunk, count }: Place, found: number): Problem {
  return new Problem(
    'unreadable-input',
    `Chunk ${chunk} of task ${task} has ${found} frames instead of ${count}: its frames are read one by one.`,
  )
}

function limit(map: Map<unknown, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= mostRemembered) return
    map.delete(oldest)
  }
}
