/** Answers of the smart tool: one object, where the annotator points or draws a box. */
import type { SegmentBody } from '@suggestive/shared/protocol/segment'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import type { Configuration } from '../codec/configuration.ts'
import { prelabelFrom } from '../codec/prelabel.ts'
import type { Connection } from '../connection.ts'
import { type BackendPrediction, type Prompt, prompt } from './wire.ts'

/** For a map that is not stored yet. */
const waitSeconds = 20

/**
 * @param context regions that the annotator has drawn for the smart tool
 * @returns undefined when they ask for nothing that can be answered
 */
export async function answer(
  connection: Connection,
  sidecar: Pick<SidecarClient, 'segment'>,
  task: number,
  context: readonly unknown[],
  deadline: AbortSignal,
): Promise<BackendPrediction | undefined> {
  const project = connection.sidecarProject()
  const prompts = context.flatMap((one) => prompt.safeParse(one).data ?? [])
  const first = prompts[0]
  if (project === undefined || first === undefined) return undefined
  const configuration = await connection.configuration(deadline)
  const body = questionOf(prompts, configuration)
  if (body === undefined) return undefined
  const found = await sidecar.segment(project, String(task), body, waitSeconds, deadline)
  const { result } = prelabelFrom(found.mask, configuration, {
    shape: 'auto',
    isGraded: false,
    probabilities: new Map(),
    scores: new Map(found.score === null ? [] : [[found.classId, found.score]]),
    lines: [],
    // Each prompt has an id of its own, and so has each answer.
    idPrefix: `sa-${first.id ?? 'answer'}`,
  })
  const serving = await connection.serving()
  return { model_version: serving?.modelVersion ?? 'sa-none', score: found.score ?? 0, result }
}

/** In pixels. @returns undefined without a positive point and a box */
export function questionOf(
  prompts: readonly Prompt[],
  configuration: Configuration,
): SegmentBody | undefined {
  const points: SegmentBody['points'] = []
  let box: SegmentBody['box']
  for (const { type, value, original_width, original_height, is_positive } of prompts) {
    const { x, y, width = 0, height = 0 } = value
    if (x === undefined || y === undefined) continue
    const [across, down] = [original_width / 100, original_height / 100]
    if (/^keypoint/.test(type)) {
      points.push({
        x: within(x * across, original_width),
        y: within(y * down, original_height),
        positive: is_positive !== false,
      })
    } else if (/^rectangle/.test(type)) {
      // Of several boxes the last one drawn is meant.
      box = {
        x: within(x * across, original_width),
        y: within(y * down, original_height),
        width: Math.max(0, width * across),
        height: Math.max(0, height * down),
      }
    }
  }
  if (box === undefined && !points.some(({ positive }) => positive)) return undefined
  const classId = classOf(prompts, configuration)
  return {
    points,
    ...(box === undefined ? {} : { box }),
    ...(classId === undefined ? {} : { classId }),
  }
}

/** Pointers leave the image by a fraction of a pixel. */
function within(value: number, size: number): number {
  return Math.min(size, Math.max(0, value))
}

/** The class that the prompt's label names, or begins with: `GlandPt` prompts for `Gland`. */
function classOf(prompts: readonly Prompt[], { classes }: Configuration): number | undefined {
  if (classes.length === 1) return classes[0]?.id
  for (const { value } of prompts.toReversed()) {
    const { labels, keypointlabels, rectanglelabels } = value
    const label = (keypointlabels ?? rectanglelabels ?? labels)?.[0]
    if (label === undefined) continue
    const exact = classes.find(({ name }) => name === label)
    const [longest] = classes
      .filter(({ name }) => label.startsWith(name))
      .toSorted((a, b) => b.name.length - a.name.length)
    const found = exact ?? longest
    if (found !== undefined) return found.id
  }
  return undefined
}
