/** Annotations of jobs, stored with hardly a look, as the real server does. */
import { z } from 'zod'
import { touchSaved } from './changes.ts'
import type { DrawnShape, FakeJob, FakeMark, FakeShape, FakeTask, FakeUser } from './model.ts'
import { invalid, Refusal } from './refusal.ts'
import type { Reader } from './render.ts'
import type { FakeState } from './state.ts'

const mark = z.looseObject({ label_id: z.int(), frame: z.int().min(0) })
const shape = z.looseObject({
  id: z.int().nullish(),
  type: z.string(),
  frame: z.int().min(0),
  label_id: z.int().min(0),
  group: z.int().min(0).nullish(),
  source: z.string().default('manual'),
  score: z.number().min(0).max(1).default(1),
  occluded: z.boolean().default(false),
  outside: z.boolean().default(false),
  z_order: z.int().default(0),
  rotation: z.number().default(0),
  points: z.array(z.number()).default([]),
  attributes: z.array(z.unknown()).default([]),
  elements: z.array(z.unknown()).default([]),
})

const annotations = z.looseObject({
  version: z.int().default(0),
  tags: z.array(mark).default([]),
  shapes: z.array(shape).default([]),
  tracks: z.array(mark).default([]),
})

/** What a request carries. */
export type Annotations = z.infer<typeof annotations>

export type Action = 'create' | 'update' | 'delete' | 'put'

/** @throws Refusal 400 for forms that the server refuses; boxes, runs and frames it takes as they are */
export function parseAnnotations(content: unknown): Annotations {
  const { data, error } = annotations.safeParse(content)
  if (data === undefined) {
    throw new Refusal(400, { [String(error.issues[0]?.path[0])]: [error.issues[0]?.message] })
  }
  const faults = data.shapes.map((one) =>
    isLong(one.type, one.points.length)
      ? {}
      : { points: [`invalid length for shape type '${one.type}'`] },
  )
  if (faults.some((fault) => 'points' in fault)) throw new Refusal(400, { shapes: faults })
  return data
}

function isLong(type: string, length: number): boolean {
  if (type === 'mask') return length >= 5
  if (type === 'rectangle' || type === 'ellipse') return length === 4
  if (type === 'polygon') return length >= 6 && length % 2 === 0
  if (type === 'polyline') return length >= 4 && length % 2 === 0
  return length % 2 === 0
}

/** What the server answers: the shapes in the order sent. @throws Refusal 400 for labels of elsewhere */
export function writeJob(
  state: FakeState,
  user: FakeUser,
  job: FakeJob,
  action: Action,
  sent: Annotations,
) {
  checkLabels(state, state.task(job.task), sent)
  const told = change(state, job, action, sent)
  // Nothing in, nothing out: then nothing is touched.
  if (action === 'put' || sent.shapes.length + sent.tags.length + sent.tracks.length > 0) {
    touchSaved(state, user, job)
  }
  return told
}

/** Each shape goes to the jobs that hold its frame; those of no job are lost. */
export function writeTask(
  state: FakeState,
  user: FakeUser,
  task: FakeTask,
  action: Action,
  sent: Annotations,
  reader?: Reader,
) {
  checkLabels(state, task, sent)
  const told = content([])
  for (const job of ordinary(state, task)) {
    const isWithin = ({ frame }: { frame: number }) => frame >= job.start && frame <= job.stop
    const part = {
      ...sent,
      shapes: sent.shapes.filter(isWithin),
      tags: sent.tags.filter(isWithin),
      tracks: sent.tracks.filter(isWithin),
    }
    const isEmpty = part.shapes.length + part.tags.length + part.tracks.length === 0
    if (isEmpty && action !== 'put') continue
    told.shapes.push(...change(state, job, action, part).shapes)
    touchSaved(state, user, job, reader)
  }
  return told
}

export function readJob(job: FakeJob) {
  return content(byFrame(job.shapes), job.tags, job.tracks)
}

/** Shapes of frames that several jobs hold appear once. */
export function readTask(state: FakeState, task: FakeTask) {
  const jobs = ordinary(state, task)
  const seen = new Set<string>()
  const shapes = jobs
    .flatMap((job) => job.shapes)
    .filter(({ id: _, ...rest }) => {
      const key = JSON.stringify(rest)
      const owners = jobs.filter(({ start, stop }) => start <= rest.frame && rest.frame <= stop)
      const isNew = owners.length < 2 || !seen.has(key)
      seen.add(key)
      return isNew
    })
  return content(
    byFrame(shapes),
    jobs.flatMap(({ tags }) => tags),
    jobs.flatMap(({ tracks }) => tracks),
  )
}

/** What the editor sends for something drawn. */
export function drawn(one: DrawnShape): Annotations['shapes'][number] {
  return shape.parse({ group: 0, ...one })
}

const ordinary = (state: FakeState, task: FakeTask) =>
  state.jobsOf(task.id).filter(({ type }) => type === 'annotation')

const byFrame = (shapes: readonly FakeShape[]) =>
  [...shapes].sort((a, b) => a.frame - b.frame || a.id - b.id)

const content = (
  shapes: FakeShape[],
  tags: readonly FakeMark[] = [],
  tracks: readonly FakeMark[] = [],
) => ({ version: 0, tags, shapes, tracks, intervals: [] })

function change(state: FakeState, job: FakeJob, action: Action, sent: Annotations) {
  const ids = new Set(sent.shapes.map(({ id }) => id))
  if (action === 'delete') {
    const marks = new Set([...sent.tags, ...sent.tracks].map((one) => one['id']))
    job.shapes = job.shapes.filter(({ id }) => !ids.has(id))
    job.tags = job.tags.filter(({ id }) => !marks.has(id))
    job.tracks = job.tracks.filter(({ id }) => !marks.has(id))
    return content(sent.shapes.map((one) => stored(one, one.id ?? 0)))
  }
  if (action === 'put') {
    job.shapes = []
    job.tags = []
    job.tracks = []
  }
  const known = new Set(job.shapes.map(({ id }) => id))
  const shapes = sent.shapes.map((one) => {
    const isKnown = action === 'update' && typeof one.id === 'number' && known.has(one.id)
    return stored(one, isKnown ? (one.id ?? 0) : state.id('shape'))
  })
  const replaced = new Map(shapes.map((one) => [one.id, one]))
  job.shapes = [
    ...job.shapes.map((one) => replaced.get(one.id) ?? one),
    ...shapes.filter(({ id }) => !known.has(id)),
  ]
  if (action !== 'update') {
    job.tags.push(...sent.tags.map((one) => ({ ...one, id: state.id('mark') })))
    job.tracks.push(...sent.tracks.map((one) => ({ ...one, id: state.id('mark') })))
  }
  return content(shapes)
}

function stored(one: Annotations['shapes'][number], id: number): FakeShape {
  const { type, frame, label_id, group, source, score, occluded, outside } = one
  const { z_order, rotation, points, attributes, elements } = one
  return {
    id,
    label_id,
    type,
    frame,
    group: group ?? 0,
    source,
    score,
    occluded,
    outside,
    z_order,
    rotation,
    points,
    attributes,
    elements,
  }
}

function checkLabels(state: FakeState, task: FakeTask, sent: Annotations): void {
  const known = new Set(state.labelsOf(task).map(({ id }) => id))
  for (const { label_id } of [...sent.shapes, ...sent.tags, ...sent.tracks]) {
    if (!known.has(label_id)) throw invalid(`label_id \`${label_id}\` is invalid`)
  }
}
