/** Puts suggested shapes into jobs that nobody has begun, in place of our earlier ones (contract section 8, step 4). */
import { sideBySide } from '@suggestive/shared/bridge/side-by-side'
import type { Annotations, NewShape, Shape } from '../client/wire.ts'
import { digestOfShape } from '../codec/digest.ts'
import { type Access, unlessGone } from '../pool/access.ts'
import type { Memory, OwnShape } from '../state.ts'
import { splitShapes } from './own-shapes.ts'

export interface Wanted {
  readonly job: number
  /** Of all its frames. Undefined: the shapes that it has stay, and it is only looked whether it is free. */
  readonly shapes: readonly NewShape[] | undefined
  readonly modelDigest: string | undefined
}

interface Change extends Wanted {
  readonly shapes: readonly NewShape[]
  readonly modelDigest: string
  readonly remove: readonly Shape[]
  /** Of the job when it was read. */
  readonly date: string
}

type Prelabel = Memory['prelabels'][string]

const atOnce = 4

/**
 * What is as it should be costs one request for each job. Repeating it completes what was interrupted.
 *
 * @returns jobs that hold what others made, or were changed meanwhile, or are gone: they were left alone
 */
export async function writePrelabels(
  access: Access,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const untouched = new Set<number>()
  const changes = await planned(access, wanted, untouched, signal)
  if (changes.length === 0) return untouched
  let before: Memory['prelabels'] = {}
  await access.ledger.change((memory) => {
    before = memory.prelabels
    const intended = changes.map(({ job, shapes, modelDigest }) => {
      const present = memory.prelabels[job]?.shapes ?? []
      const prelabel: Prelabel = { modelDigest, shapes: [...present, ...shapes.map(sent)] }
      return [job, prelabel] as const
    })
    return { ...memory, prelabels: { ...memory.prelabels, ...Object.fromEntries(intended) } }
  })
  const known = new Map<number, Prelabel | undefined>()
  try {
    await sideBySide(changes, atOnce, async (change) => {
      const { job, modelDigest } = change
      const shapes = await write(access, change, signal)
      if (shapes === undefined) {
        untouched.add(job)
        // Nothing was sent.
        known.set(job, before[job])
      } else known.set(job, shapes.length === 0 ? undefined : { modelDigest, shapes: [...shapes] })
    })
  } finally {
    await record(access, known)
  }
  return untouched
}

async function planned(
  { client, jobs, ledger }: Access,
  wanted: readonly Wanted[],
  untouched: Set<number>,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const known = await ledger.read()
  const changes = new Map<number, Change>()
  const begun = new Map<number, string>()
  const confirmed = new Map<number, Memory['prelabels'][string]>()
  await sideBySide(wanted, atOnce, async ({ job, shapes, modelDigest }) => {
    const date = jobs.get(job)?.updated_date ?? ''
    const present = await unlessGone(client.annotations(job, signal))
    if (present === undefined) return void untouched.add(job)
    const { ours, hasOthers } = splitShapes(present, known.prelabels[job])
    if (hasOthers) {
      untouched.add(job)
      begun.set(job, date)
    } else if (shapes !== undefined && modelDigest !== undefined) {
      if (isSame(ours, shapes)) confirmed.set(job, { modelDigest, shapes: ours.map(stored) })
      else changes.set(job, { job, shapes, modelDigest, remove: ours, date })
    }
  })
  await ledger.change((memory) => {
    const news = [...confirmed].filter(
      ([job, { shapes }]) =>
        shapes.length > 0 &&
        JSON.stringify(memory.prelabels[job]) !== JSON.stringify(confirmed.get(job)),
    )
    if (news.length === 0 && begun.size === 0) return memory
    return {
      ...memory,
      prelabels: { ...memory.prelabels, ...Object.fromEntries(news) },
      begun: { ...memory.begun, ...Object.fromEntries(begun) },
    }
  })
  return wanted.flatMap(({ job }) => changes.get(job) ?? [])
}

/** @returns undefined when somebody was faster */
async function write(
  { client, jobs }: Access,
  { job, shapes, remove, date }: Change,
  signal: AbortSignal,
): Promise<readonly OwnShape[] | undefined> {
  const now = await unlessGone(client.job(job, signal))
  if (now === undefined) return undefined
  jobs.note(now)
  if (now.state !== 'new' || now.updated_date !== date) return undefined
  if (remove.length > 0) await client.deleteShapes(job, remove, signal)
  if (shapes.length === 0) return []
  return (await client.createShapes(job, shapes, signal)).map(stored)
}

/** What was not made stays as it was intended, so that it is known again if it arrived after all. */
async function record(
  { ledger }: Access,
  known: ReadonlyMap<number, Prelabel | undefined>,
): Promise<void> {
  if (known.size === 0) return
  await ledger.change((memory) => {
    const prelabels = { ...memory.prelabels }
    for (const [job, prelabel] of known) {
      if (prelabel === undefined) delete prelabels[job]
      else prelabels[job] = prelabel
    }
    return { ...memory, prelabels }
  })
}

/** The same contents, whatever their order. */
function isSame(present: readonly Shape[], wanted: readonly NewShape[]): boolean {
  if (present.length !== wanted.length) return false
  const [now, then] = [present, wanted].map((shapes) => shapes.map(digestOfShape).sort().join())
  return now === then
}

const sent = (shape: NewShape): OwnShape => ({
  id: null,
  frame: shape.frame,
  digest: digestOfShape(shape),
})

const stored = (shape: Shape): OwnShape => ({
  id: shape.id,
  frame: shape.frame,
  digest: digestOfShape(shape),
})

/** Whether a job may be taken back: nothing in it but ours. */
export async function isFreeOfOthers(
  { client, ledger }: Pick<Access, 'client' | 'ledger'>,
  job: number,
  signal: AbortSignal,
): Promise<Annotations | undefined> {
  const present = await unlessGone(client.annotations(job, signal))
  if (present === undefined) return undefined
  const { hasOthers } = splitShapes(present, (await ledger.read()).prelabels[job])
  return hasOthers ? undefined : present
}
