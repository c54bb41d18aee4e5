/** Makes the task of a round; after a crash in between it is found by its name and its frames, and there is only one. */
import { Problem } from '@suggestive/shared/problem'
import type { DataMeta } from '../client/wire.ts'
import { type Access, unlessGone } from '../pool/access.ts'
import { dataFrom, positionsIn, sourceOf } from '../pool/source.ts'
import { keyOf, type Place } from '../pool.ts'
import type { Copy, Memory } from '../state.ts'
import { areUntouched } from './old-rounds.ts'
import type { Serving } from './order.ts'

export async function makeRound(
  serving: Serving,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<Copy> {
  const { access, publication, annotators, pool } = serving
  const { client, ledger, project, jobs } = access
  const same = await reused(serving, places)
  if (same !== undefined) return same
  const name = nameOf(publication.round)
  const source = sourceOf(places, pool)
  const groups = groupsOf(places.length, Math.max(annotators.length, 1))
  const keys = groups.flat().map((at) => keyAt(places, at))
  const intent: Copy = {
    task: null,
    name,
    kind: 'round',
    keys,
    revision: publication.revision,
  }
  await ledger.change((memory) => ({ ...memory, copies: [...memory.copies, intent] }))
  const data = dataFrom(source, places, client, groups)
  const task = await client.createTask({ name, project }, data, signal)
  const meta = await client.taskMeta(task, signal)
  const made = { ...intent, task, keys: keysFrom(meta, source.files, places) }
  if (made.keys.every((key) => key === null)) {
    throw new Problem(
      'tool-failed',
      `CVAT gave the frames of task ${task} "${name}" other names than they had: delete the task, and choose another order than "round".`,
    )
  }
  await ledger.change((memory) => ({
    ...memory,
    copies: [...withoutIntents(memory), made],
  }))
  await jobs.readTask(task, signal)
  return made
}

/** Frames that nobody has begun in the same order: the round before serves again. */
async function reused(
  { access, pool, publication, annotators }: Serving,
  places: readonly Place[],
): Promise<Copy | undefined> {
  const memory = await access.ledger.read()
  const groups = groupsOf(places.length, Math.max(annotators.length, 1))
  const wanted = groups
    .flat()
    .map((at) => keyAt(places, at))
    .join(' ')
  const found = memory.copies.find(
    ({ kind, task, keys }) =>
      kind === 'round' && task !== null && pool.tasks.has(task) && keys.join(' ') === wanted,
  )
  if (found === undefined) return undefined
  const sizes = [...pool.jobs.values()]
    .filter(({ task_id }) => task_id === found.task)
    .toSorted((a, b) => a.id - b.id)
    .map(({ start_frame, stop_frame }) => stop_frame - start_frame + 1)
  if (sizes.join() !== groups.map(({ length }) => length).join()) return undefined
  const now = { ...found, revision: publication.revision }
  await access.ledger.change((current) => ({
    ...current,
    copies: current.copies.map((one) => (one.task === found.task ? now : one)),
  }))
  return now
}

/** What a crash has left of earlier attempts: without frames, or with ours and nobody at work. */
export async function removeUnfinished(access: Access, signal: AbortSignal): Promise<void> {
  const { client, project, ledger } = access
  const memory = await ledger.read()
  const intents = memory.copies.filter(({ task }) => task === null)
  if (intents.length === 0) return
  const known = new Set(memory.copies.map(({ task }) => task))
  for (const task of await client.tasks(project, signal)) {
    const intent = intents.find(({ name }) => name === task.name)
    if (intent === undefined || known.has(task.id)) continue
    const size = task.size ?? 0
    if (size > 0) {
      if (size !== intent.keys.length) continue
      if (!(await areUntouched(access, task.id, signal))) continue
    }
    await unlessGone(client.deleteTask(task.id, signal))
  }
  await ledger.change((current) => ({ ...current, copies: withoutIntents(current) }))
}

const withoutIntents = ({ copies }: Memory): Copy[] => copies.filter(({ task }) => task !== null)

/** As task lists show it: `[R012] suggested batch`. */
const nameOf = (round: number | null): string =>
  `[R${String(round ?? 0).padStart(3, '0')}] suggested batch`

/** Positions of each annotator's frames: in turn, so that all get equally good ones. */
function groupsOf(frames: number, annotators: number): number[][] {
  const groups = Array.from({ length: Math.min(frames, annotators) }, (): number[] => [])
  for (let at = 0; at < frames; at++) groups[at % groups.length]?.push(at)
  return groups
}

function keyAt(places: readonly Place[], at: number): string {
  const place = places[at]
  return place === undefined ? '' : keyOf(place.task, place.frame)
}

function keysFrom(
  meta: DataMeta,
  files: readonly string[],
  places: readonly Place[],
): (string | null)[] {
  return positionsIn(meta, files).map((at) => (at < 0 ? null : keyAt(places, at)))
}
