/** Request bodies into what the store takes: parsed, checked, masks packed, identities computed. */
import { createHash } from 'node:crypto'
import { parseJson } from '@suggestive/shared/json'
import { maskFault } from '@suggestive/shared/mask'
import { type FieldError, Problem } from '@suggestive/shared/problem'
import { type Label, labelsBody, type RunMask } from '@suggestive/shared/protocol/label'
import { type TaskInput, tasksBody } from '@suggestive/shared/protocol/task'
import { checked, pointerTo } from '@suggestive/shared/schema'
import type { z } from 'zod'
import { pack } from '../domain/packed-mask.ts'
import type { LabelScope } from '../ports/intake.ts'
import type { NewLabel } from '../ports/store.ts'

export function readTasks(body: Uint8Array): readonly TaskInput[] {
  return readBody(tasksBody, body).tasks
}

export function readLabels(
  body: Uint8Array,
  scope: LabelScope,
): { readonly beforeConnection: boolean; readonly labels: readonly NewLabel[] } {
  const { labels, beforeConnection } = readBody(labelsBody, body)
  const known = new Set(scope.classIds)
  const errors = labels.flatMap(({ mask }, index) =>
    mask === undefined ? [] : maskErrors(mask, known, ['labels', index, 'mask']),
  )
  const [first] = errors
  if (first !== undefined) {
    const more = errors.length > 1 ? ` (${errors.length} errors in all)` : ''
    throw new Problem(
      'wrong-use',
      `The mask at ${first.pointer} is wrong${more}. ${first.detail}`,
      {
        errors: errors.slice(0, 100),
      },
    )
  }
  return { beforeConnection, labels: labels.map((label) => toNewLabel(label, scope)) }
}

function readBody<Schema extends z.ZodType>(schema: Schema, body: Uint8Array): z.output<Schema> {
  return checked(schema, parseJson(textOf(body), 'The body'), 'The body')
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new Problem('wrong-use', 'The body is not text in UTF-8: send JSON in UTF-8.', { cause })
  }
}

function maskErrors(
  mask: RunMask,
  known: ReadonlySet<number>,
  path: readonly PropertyKey[],
): FieldError[] {
  const fault = maskFault(mask)
  if (fault !== undefined) {
    const layer = fault.layer === undefined ? [] : ['layers', fault.layer]
    const run = fault.run === undefined ? [] : ['runs', fault.run]
    return [{ pointer: pointerTo([...path, ...layer, ...run]), detail: fault.sentence }]
  }
  return mask.layers.flatMap(({ classId }, layer) =>
    known.has(classId)
      ? []
      : [
          {
            pointer: pointerTo([...path, 'layers', layer, 'classId']),
            detail: `The project has no class ${classId}: add it to the project first, or send one of ${[...known].join(', ')}.`,
          },
        ],
  )
}

/**
 * The identity leaves out `version` and `finishedAt`: tools count them up when somebody saves without a change, and that
 * says nothing new.
 */
function toNewLabel({ mask, ...label }: Label, { project, tool }: LabelScope): NewLabel {
  const packed = mask === undefined ? undefined : pack(mask)
  const { externalId, taskKey, annotator, seconds, outcome, groundTruth, prelabel } = label
  const origin = prelabel === undefined ? null : [prelabel.modelDigest, prelabel.use]
  const content = [taskKey, annotator, seconds, outcome, groundTruth, origin]
  const identity = createHash('sha256')
    .update(JSON.stringify([tool, project, externalId, content]))
    .update(packed ?? '')
    .digest('hex')
  const pixels = mask === undefined ? 0 : mask.width * mask.height
  return { ...label, identity, pixels, ...(packed === undefined ? {} : { mask: packed }) }
}
