/** What a finished job of CVAT says about one frame, as a label of the product (contract sections 1, 3 and 5). */
import { runsOf } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import type { Label } from '@suggestive/shared/protocol/label'
import type { Annotations, Job, Shape } from './client/wire.ts'
import type { Classes } from './codec/classes.ts'
import { isArea } from './codec/geometry.ts'
import type { ImageSize } from './codec/mask-decode.ts'
import { microsecondsOf } from './codec/moment.ts'
import { type ClassedShape, paint } from './codec/paint.ts'

/** A job's annotations whole, of all its frames. */
export interface FrameContext extends Pick<Annotations, 'shapes' | 'tracks'> {
  readonly job: Job
  /** The task's number of it, in the job. */
  readonly frame: number
  /** Of the frame, in pixels. */
  readonly size: ImageSize
  readonly classes: Pick<Classes, 'labels'>
  readonly taskKey: string
  readonly prelabel?: Label['prelabel']
  /** Shapes outside the job's frames belong to no frame: whether they are told with this one. */
  readonly tellsStrays: boolean
}

export interface FrameReading {
  /** Absent when the frame or the whole job has shapes and none of them counts: all background would be wrong. */
  readonly label?: Label
  /** One sentence for each shape that does not count. */
  readonly faults: readonly string[]
}

export function labelOfFrame(context: FrameContext): FrameReading {
  const { job, frame, size, taskKey, prelabel } = context
  const faults = [...straysOf(context), ...trackFaults(context)]
  const own = context.shapes.filter((shape) => shape.frame === frame)
  const { areas, leftOut } = areasOf(own, context)
  faults.push(...leftOut)
  const label = {
    taskKey,
    externalId: `${job.id}:${frame}`,
    version: microsecondsOf(job.updated_date),
    annotator: String(job.assignee?.id ?? 'unknown'),
    seconds: null,
    finishedAt: new Date(job.updated_date).toISOString(),
    groundTruth: false,
    ...(prelabel === undefined ? {} : { prelabel }),
  }
  try {
    const { mask, counted, broken } = paint(areas, size)
    faults.push(...broken.map(({ shape, reason }) => `${nameOf(shape, context)}: ${reason}`))
    if (counted === 0 && hasOthers(own, context)) return { faults }
    const runs = runsOf(mask)
    return runs.layers.length === 0
      ? { label: { ...label, outcome: 'empty' }, faults }
      : { label: { ...label, outcome: 'labelled', mask: runs }, faults }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { faults: [...faults, `Frame ${frame} of job ${job.id}: ${error.message}`] }
  }
}

function areasOf(own: readonly Shape[], context: FrameContext) {
  const areas: ClassedShape[] = []
  const leftOut: string[] = []
  for (const shape of own) {
    const known = context.classes.labels.find(({ labelId }) => labelId === shape.label_id)
    if (!isArea(shape.type)) {
      leftOut.push(`${nameOf(shape, context)} does not count: it covers no area. ${remedy}`)
    } else if (known === undefined) {
      leftOut.push(
        `${nameOf(shape, context)} does not count: its label ${shape.label_id} is no class of the project. ${remedy}`,
      )
    } else areas.push({ shape, classId: known.classId })
  }
  return { areas, leftOut }
}

/** Tags are none: they say nothing about areas, and an empty frame with one is empty. */
function trackFaults({ job, frame, tracks }: FrameContext): string[] {
  const lies = tracks.filter((track) => track.frame <= frame && isInside(job, track.frame)).length
  if (lies === 0) return []
  return [
    `Frame ${frame} of job ${job.id} has ${countOf(lies, 'track')}, which do not count: they belong to videos. ${remedy}`,
  ]
}

/** The server stores them under the wrong job (contract section 11). */
function straysOf(context: FrameContext): string[] {
  const { job, shapes, tracks, tellsStrays } = context
  if (!tellsStrays) return []
  const lost = tracks.filter((track) => !isInside(job, track.frame)).length
  const range = `the frames ${job.start_frame} to ${job.stop_frame} of job ${job.id}`
  return [
    ...shapes
      .filter((shape) => !isInside(job, shape.frame))
      .map(
        (shape) => `${nameOf(shape, context)} does not count: it lies outside ${range}. ${remedy}`,
      ),
    ...(lost > 0 ? [`${countOf(lost, 'track')} outside ${range} do not count. ${remedy}`] : []),
  ]
}

/** Is there anything of people's that does not count, here, or, where the job has nothing inside its frames, elsewhere? */
function hasOthers(own: readonly Shape[], { job, frame, shapes, tracks }: FrameContext): boolean {
  const inside = tracks.filter((track) => isInside(job, track.frame))
  if (own.length > 0 || inside.some((track) => track.frame <= frame)) return true
  const hasInside = inside.length > 0 || shapes.some((shape) => isInside(job, shape.frame))
  return !hasInside && shapes.length + tracks.length > 0
}

const isInside = ({ start_frame, stop_frame }: Job, frame: number): boolean =>
  frame >= start_frame && frame <= stop_frame

const nameOf = ({ id, type, frame }: Shape, { job }: FrameContext): string =>
  `The ${type} ${id} on frame ${frame} of job ${job.id}`

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const remedy = 'Open the job in CVAT, and delete it or draw it as a mask.'
