/** A project with images and labels in a real store, and a conductor that looks after it. */
import { createHash } from 'node:crypto'
import type { NewProject } from '@suggestive/shared/protocol/project'
import { createConductor } from '@suggestive/sidecar/app/conductor'
import type { RetentionLimits } from '@suggestive/sidecar/app/round/retention'
import { pack } from '@suggestive/sidecar/domain/packed-mask'
import { profiles } from '@suggestive/sidecar/domain/settings'
import type { Blobs } from '@suggestive/sidecar/ports/blobs'
import type { Jobs } from '@suggestive/sidecar/ports/jobs'
import type { NewLabel, Store } from '@suggestive/sidecar/ports/store'
import type { Workshop } from '@suggestive/sidecar/ports/workshop'
import type { SqliteStore } from '@suggestive/sidecar/store/sqlite-store'
import { MemoryBlobs } from '../fakes/memory-blobs.ts'
import { createSilentLog } from '../fakes/silent-log.ts'
import { createFakeTime } from '../fakes/time.ts'
import { createFakeWorkshop } from '../fakes/workshop.ts'
import { openMemoryStore } from './memory-store.ts'

export const settings = {
  k: 2,
  candidates: 4,
  depth: 2,
  profile: 'auto',
  scale: 'from-labels',
  seed: 1,
  scoreMinutes: 10,
  idleMinutes: 10,
  emptyMeans: 'background',
  overlap: 'newest',
} as const

export const sha256 = (bytes: Uint8Array | string) =>
  createHash('sha256').update(bytes).digest('hex')

/** Bytes of image `index`; no picture, the fake workshop does not look. */
export const imageBytes = (index: number) => new TextEncoder().encode(`image ${index}`)

export const project = 'cells'

/** Store, blobs, time and workshop of one server; all of them outlive its conductors. */
export async function openAnnotation() {
  const time = createFakeTime()
  const store = await openMemoryStore()
  const blobs = new MemoryBlobs(() => time.now())
  const workshop = createFakeWorkshop(blobs)
  const log = createSilentLog()

  const conduct = (
    parts: {
      readonly store?: Store
      readonly jobs?: Jobs
      readonly workshop?: Workshop
      readonly blobs?: Blobs
      readonly limits?: RetentionLimits
    } = {},
  ) =>
    createConductor({
      store,
      jobs: store,
      blobs,
      workshop,
      clock: time,
      timers: time.timers,
      log,
      profiles: { ...profiles, quick: { ...profiles.quick, members: 2 } },
      ...parts,
    })

  return { time, store, blobs, workshop, log, conduct }
}

export type Annotation = Awaited<ReturnType<typeof openAnnotation>>

export async function addProject(
  store: SqliteStore,
  at: number,
  more: Partial<NewProject> = {},
): Promise<void> {
  const classes = [{ id: 1, name: 'cell' }]
  const given = { id: project, name: 'Cells', tool: 'none', classes, settings, ...more } as const
  await store.createProject(given, at)
}

/** Tasks `t00`, `t01`, ... with their images; `bytes` false: the bytes are not sent. */
export async function addTasks(
  { store, blobs, time }: Pick<Annotation, 'store' | 'blobs' | 'time'>,
  indices: readonly number[],
  { bytes = true, of = project }: { readonly bytes?: boolean; readonly of?: string } = {},
): Promise<void> {
  const tasks = indices.map((index) => ({
    taskKey: keyOf(index),
    imageDigest: sha256(imageBytes(index)),
    width: 8,
    height: 8,
    name: `cell ${index}.png`,
    url: `https://tool.example/${index}`,
    state: 'open' as const,
  }))
  await store.putTasks(of, tasks, time.now())
  if (bytes) for (const index of indices) await sendImage({ store, blobs, time }, index)
}

export const keyOf = (index: number) => `t${String(index).padStart(2, '0')}`

export async function sendImage(
  { store, blobs, time }: Pick<Annotation, 'store' | 'blobs' | 'time'>,
  index: number,
): Promise<void> {
  const { digest, bytes } = await blobs.put('image', imageBytes(index))
  await store.noteImage({ digest, bytes, width: 8, height: 8 }, time.now())
}

export async function addLabels(
  { store, time }: Pick<Annotation, 'store' | 'time'>,
  indices: readonly number[],
  {
    before = false,
    of = project,
    ...more
  }: Partial<NewLabel> & { before?: boolean; of?: string } = {},
): Promise<void> {
  const runs = [0, 32, 32]
  const mask = pack({ width: 8, height: 8, layers: [{ classId: 1, runs }] })
  const labels = indices.map((index) => ({
    taskKey: keyOf(index),
    externalId: `a${index}`,
    version: 1,
    annotator: 'ann',
    seconds: 10,
    outcome: 'labelled' as const,
    groundTruth: false,
    identity: sha256(`${of} ${index} ${JSON.stringify(more)}`),
    mask,
    pixels: 64,
    ...more,
  }))
  await store.putLabels(of, labels, before, time.now())
}

export const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i)
