/** Answers to CVAT's AI tools: what the sidecar's model in use sees in an image. */
import { createHash } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import type { SegmentBody } from '@suggestive/shared/protocol/segment'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import { type Detection, detectionsOf } from './detections.ts'
import type { NamedFunction } from './functions.ts'
import { maskText } from './mask-text.ts'
import type { InteractorBody } from './wire.ts'

export interface Answering {
  readonly sidecar: Pick<SidecarClient, 'suggestion' | 'segment' | 'task'>
  /** Ends when CVAT does not wait any longer. */
  readonly signal: AbortSignal
}

/** For a map that is not stored yet; CVAT waits for 120 s. */
const waitSeconds = 20

/** The image's bytes equal the original that was read from CVAT, by which the sidecar knows it. */
export function digestOf(image: string): string {
  return createHash('sha256').update(Buffer.from(image, 'base64')).digest('hex')
}

/** Nothing for an unknown image or before the first model: one frame must not end a request for all. */
export async function detect(
  { connection, project }: NamedFunction,
  digest: string,
  threshold: number,
  { sidecar, signal }: Answering,
): Promise<readonly Detection[]> {
  const taskKey = connection.bridge.taskWith(digest)
  if (taskKey === undefined) return []
  const { labels } = await connection.classes(signal)
  const found = await unlessNotReady(sidecar.suggestion(project, taskKey, waitSeconds, signal))
  if (found === undefined) return []
  const scores = new Map(found.scores.map(({ classId, score }) => [classId, score]))
  const names = new Map(labels.map(({ classId, name }) => [classId, name]))
  return detectionsOf(found.mask, scores, names, threshold)
}

/**
 * JSON with a mask as large as the image, without a pixel where there is nothing.
 *
 * @throws Problem `not-found` for an unknown image, which the annotator is shown
 */
export async function segment(
  { connection, project }: NamedFunction,
  digest: string,
  prompts: InteractorBody,
  { sidecar, signal }: Answering,
): Promise<Buffer> {
  const taskKey = connection.bridge.taskWith(digest)
  if (taskKey === undefined) {
    throw new Problem(
      'not-found',
      `The image is none that the project ${project} has read: wait until its tasks are read, or choose the function of the project that it belongs to.`,
    )
  }
  const body = questionOf(prompts)
  const found =
    body === undefined
      ? undefined
      : await unlessNotReady(sidecar.segment(project, taskKey, body, waitSeconds, signal))
  if (found !== undefined) return maskText(found.mask)
  const { width, height } = await sidecar.task(project, taskKey, signal)
  if (width !== null && height !== null) return maskText({ width, height, layers: [] })
  throw new Problem('not-ready', 'The image is being read: try again in a moment.')
}

/** @returns undefined without a positive point and a box */
export function questionOf({
  pos_points,
  neg_points,
  obj_bbox,
}: InteractorBody): SegmentBody | undefined {
  const points = [
    ...pos_points.map(([x, y]) => ({ x, y, positive: true })),
    ...neg_points.map(([x, y]) => ({ x, y, positive: false })),
  ]
  const [[ax, ay], [bx, by]] = [obj_bbox?.[0] ?? [0, 0], obj_bbox?.[1] ?? [0, 0]]
  const width = Math.abs(bx - ax)
  const box = { x: Math.min(ax, bx), y: Math.min(ay, by), width, height: Math.abs(by - ay) }
  if (obj_bbox != null) return { points, box }
  return pos_points.length === 0 ? undefined : { points }
}

async function unlessNotReady<Found>(found: Promise<Found>): Promise<Found | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof Problem && error.kind === 'not-ready') return undefined
    throw error
  }
}
