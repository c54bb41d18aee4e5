/** New tasks with one-image jobs: CVAT cannot reorder the frames of a job (contract section 0). */
import type { Task } from './client/wire.ts'
import { type Access, unlessGone } from './pool/access.ts'
import type { PoolPart, PoolPlan } from './pool/plan.ts'
import { dataFrom, positionsIn } from './pool/source.ts'
import { keyOf } from './pool.ts'
import type { Copy } from './state.ts'

export interface PoolProgress {
  /** New tasks that are complete, and all of them. */
  readonly tasks: number
  readonly ofTasks: number
  /** Frames that were sent for the one that is being made; all at once where no bytes move. */
  readonly frames: number
  readonly ofFrames: number
}

/**
 * Makes what is planned, one task after the other. After a stop a new plan holds what is left; a task that was complete,
 * but not remembered yet, is found again by its name and frames.
 *
 * @returns ids of the new tasks
 */
export async function makePool(
  access: Access,
  { parts }: PoolPlan,
  onProgress: (progress: PoolProgress) => void,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const made: number[] = []
  for (const part of parts) {
    const ofFrames = part.places.length
    const tell = (frames: number) =>
      onProgress({ tasks: made.length, ofTasks: parts.length, frames, ofFrames })
    tell(0)
    made.push(await makePart(access, part, tell, signal))
  }
  onProgress({ tasks: made.length, ofTasks: parts.length, frames: 0, ofFrames: 0 })
  return made
}

async function makePart(
  access: Access,
  part: PoolPart,
  tell: (frames: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const { client, ledger, jobs } = access
  const { from, name, places, source } = part
  const old = await client.task(from, signal)
  const frames = places.map(({ frame }) => frame)
  const isAgain = (await ledger.read()).pools.some((one) => one.from === from)
  await ledger.change((memory) => ({
    ...memory,
    pools: [...memory.pools.filter((one) => one.from !== from), { name, from, frames }],
  }))
  const found = isAgain ? await foundAgain(access, part, signal) : undefined
  const task = found ?? (await create(access, part, old, tell, signal))
  const meta = await client.taskMeta(task, signal)
  const keys: Copy['keys'] = Array(places.reduce((max, { frame }) => Math.max(max, frame + 1), 0))
  keys.fill(null)
  for (const [at, position] of positionsIn(meta, source.files).entries()) {
    const place = places[position]
    if (place !== undefined) keys[place.frame] = keyOf(task, at)
  }
  const copy: Copy = { task: from, name: old.name, kind: 'replaced', keys, revision: null }
  await jobs.readTask(task, signal)
  await ledger.change((memory) => ({
    ...memory,
    copies: [...memory.copies, copy],
    pools: memory.pools.filter((one) => one.from !== from),
  }))
  return task
}

async function create(
  { client, project }: Access,
  { name, places, source }: PoolPart,
  old: Task,
  tell: (frames: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const data = dataFrom(source, places, client)
  let sent = 0
  const counted =
    data.from === 'upload'
      ? {
          ...data,
          async read(file: string, stop: AbortSignal) {
            const bytes = await data.read(file, stop)
            tell(++sent)
            return bytes
          },
        }
      : data
  const subset = old.subset === undefined || old.subset === '' ? {} : { subset: old.subset }
  return client.createTask({ name, project, segmentSize: 1, ...subset }, counted, signal)
}

/** One that is there as it was meant; what was begun and not completed is deleted, since nobody can have worked in it. */
async function foundAgain(
  { client, project }: Access,
  { name, places, source }: PoolPart,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (const task of await client.tasks(project, signal)) {
    if (task.name !== name) continue
    if ((task.size ?? 0) === 0) {
      await unlessGone(client.deleteTask(task.id, signal))
      continue
    }
    const meta = await client.taskMeta(task.id, signal)
    const positions = positionsIn(meta, source.files)
    const isSame = positions.length === places.length && positions.every((at) => at >= 0)
    if (isSame && task.segment_size === 1) return task.id
  }
  return undefined
}
