/** Which frames go into new tasks of one-image jobs: those of jobs with several images that nobody has worked on. */
import { sideBySide } from '@suggestive/shared/bridge/side-by-side'
import type { Annotations, Job } from '../client/wire.ts'
import type { Place, Pool } from '../pool.ts'
import { splitShapes } from '../publication/own-shapes.ts'
import type { Memory } from '../state.ts'
import { type Access, readPool, unlessGone } from './access.ts'
import { type Source, sourceOf } from './source.ts'
import { isFinished, wasFinished } from './standing.ts'

/** One new task. */
export interface PoolPart {
  /** Id of the old task. */
  readonly from: number
  /** Of the new task. */
  readonly name: string
  readonly places: readonly Place[]
  readonly source: Source
  /** About as many are read and sent again; 0 where CVAT has the frames at a place of its own. */
  readonly bytes: number
}

export interface PoolPlan {
  readonly parts: readonly PoolPart[]
  /** Frames that stay where they are because they are finished. */
  readonly finished: number
  /** Frames that stay because people have drawn in them. */
  readonly begun: number
  /** For people. */
  readonly sentences: readonly string[]
}

const atOnce = 4
/** Frames that are read to estimate the size of all. */
const sampled = 3

/** Tasks that have a new pool already are left out, so that what a stop has interrupted goes on. */
export async function planPool(access: Access, signal: AbortSignal): Promise<PoolPlan> {
  const pool = await readPool(access, signal)
  const memory = await access.ledger.read()
  const parts: PoolPart[] = []
  let [finished, begun] = [0, 0]
  for (const { task, meta } of pool.tasks.values()) {
    if (memory.copies.some((copy) => copy.task === task.id)) continue
    const jobs = [...pool.jobs.values()].filter(({ task_id }) => task_id === task.id)
    if (jobs.every(({ start_frame, stop_frame }) => start_frame === stop_frame)) continue
    const isDone = (job: Job) => isFinished(job, access.stage) || wasFinished(job.id, memory)
    const done = framesOf(jobs.filter(isDone))
    const drawn = await drawnFrames(
      access,
      jobs.filter((job) => !isDone(job)),
      memory,
      signal,
    )
    const own = placesOf(task.id, meta.size, pool)
    const places = own.filter(({ frame }) => !done.has(frame) && !drawn.has(frame))
    finished += own.filter(({ frame }) => done.has(frame)).length
    begun += own.filter(({ frame }) => drawn.has(frame) && !done.has(frame)).length
    if (places.length === 0) continue
    const source = sourceOf(places, pool)
    const bytes = source.from === 'upload' ? await estimate(access, places, signal) : 0
    parts.push({ from: task.id, name: `${task.name} (one image per job)`, places, source, bytes })
  }
  return { parts, finished, begun, sentences: sentencesOf(parts, finished, begun) }
}

function placesOf(task: number, size: number, pool: Pool): readonly Place[] {
  return Array.from({ length: size }, (_, frame) => pool.place(`${task}-${frame}`)).flatMap(
    (place) => place ?? [],
  )
}

function framesOf(jobs: readonly Job[]): ReadonlySet<number> {
  const frames = new Set<number>()
  for (const { start_frame, stop_frame } of jobs) {
    for (let frame = start_frame; frame <= stop_frame; frame++) frames.add(frame)
  }
  return frames
}

async function drawnFrames(
  { client }: Access,
  jobs: readonly Job[],
  memory: Memory,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const drawn = new Set<number>()
  await sideBySide(jobs, atOnce, async (job) => {
    const found = await unlessGone(client.annotations(job.id, signal))
    if (found === undefined) return
    // Tracks and tags are nothing that could be told apart by frame here.
    const isWhole = found.tracks.length + found.tags.length > 0
    for (const frame of isWhole ? framesOf([job]) : foreignFrames(found, memory, job.id)) {
      drawn.add(frame)
    }
  })
  return drawn
}

function foreignFrames(found: Annotations, memory: Memory, job: number): readonly number[] {
  const { ours } = splitShapes(found, memory.prelabels[job])
  const own = new Set(ours.map(({ id }) => id))
  return found.shapes.filter(({ id }) => !own.has(id)).map(({ frame }) => frame)
}

/** From a few frames, by their pixels. */
async function estimate(
  { client }: Access,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<number> {
  const step = Math.max(1, Math.floor(places.length / sampled))
  const some = places.filter((_, at) => at % step === 0).slice(0, sampled)
  let [bytes, pixels] = [0, 0]
  for (const { task, frame, width, height } of some) {
    bytes += (await client.frame(task, frame, signal)).length
    pixels += width * height
  }
  const all = places.reduce((sum, { width, height }) => sum + width * height, 0)
  return pixels === 0 ? 0 : Math.ceil((bytes * all) / pixels)
}

function sentencesOf(
  parts: readonly PoolPart[],
  finished: number,
  begun: number,
): readonly string[] {
  const made = parts.map(({ from, name, places, source, bytes }) => {
    const how = {
      share: 'from the same share, no bytes move',
      cloud: 'from the same cloud storage, no bytes move',
      upload: `about ${megabytes(bytes)} MB are read from CVAT and sent again`,
    }[source.from]
    return `${places.length} images of task ${from} go into a new task "${name}" with one job for each image (${how}).`
  })
  if (made.length === 0) return ['There is nothing to do: all jobs hold one image.']
  return [
    ...made,
    `${finished} finished images and ${begun} that people have begun stay where they are and count as before; the old tasks are not changed.`,
  ]
}

const megabytes = (bytes: number): string =>
  bytes < 950_000 ? (bytes / 1e6).toFixed(1) : String(Math.round(bytes / 1e6))
