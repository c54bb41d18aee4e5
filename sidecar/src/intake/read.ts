/** Request bodies into what the store takes: parsed, checked, masks packed, identities computed. */
import { createHash } from 'node:crypto'
import { parseJson } from '@suggestive/shared/json'
import { maskFault } from '@suggestive/shared/mask'
import { type FieldError, Problem } from '@suggestive/shared/problem'
import { bulkLimit } from '@suggestive/shared/protocol'
import { type Label, label, labelsBody, type RunMask } from '@suggestive/shared/protocol/label'
import { type TaskInput, taskInput, tasksBody } from '@suggestive/shared/protocol/task'
import { checked, pointerTo } from '@suggestive/shared/schema'
import type { z } from 'zod'
import { pack, unpack } from '../domain/packed-mask.ts'
import type { LabelScope } from '../ports/intake.ts'
import type { NewLabel } from '../ports/store.ts'
import { excessOf, mostParts } from './count.ts'

/** Errors of one reply at most. */
const mostErrors = 100

export function readTasks(body: Uint8Array): readonly TaskInput[] {
  const value = parse(body, 'tasks')
  const tasks = readItems(value, 'tasks', taskInput)
  checked(tasksBody, withFirst(value, 'tasks'), 'The body')
  return tasks
}

export function readLabels(
  body: Uint8Array,
  scope: LabelScope,
): { readonly beforeConnection: boolean; readonly labels: readonly NewLabel[] } {
  const value = parse(body, 'labels')
  const labels = readItems(value, 'labels', label)
  const { beforeConnection } = checked(labelsBody, withFirst(value, 'labels'), 'The body')
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
        errors: errors.slice(0, mostErrors),
      },
    )
  }
  return { beforeConnection, labels: labels.map((one) => toNewLabel(one, scope)) }
}

/** A packed mask as JSON: its runs may be a million. */
export function textOfMask(packed: Uint8Array): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(unpack(packed)))
}

function parse(body: Uint8Array, name: string): unknown {
  const excess = excessOf(body, bulkLimit)
  if (excess === 'items') throw tooMany(name)
  if (excess === 'parts') {
    throw new Problem(
      'wrong-use',
      `The body has more than ${mostParts} lists and objects: send it in several requests.`,
    )
  }
  return parseJson(textOf(body), 'The body')
}

/** Item by item, and no further than there are errors to tell: 10,000 wrong ones have one cause. */
function readItems<Item extends z.ZodType>(
  body: unknown,
  name: string,
  item: Item,
): z.output<Item>[] {
  const items = itemsIn(body, name)
  if (items.length > bulkLimit) throw tooMany(name)
  const good: z.output<Item>[] = []
  const errors: FieldError[] = []
  for (const [index, value] of items.entries()) {
    const { success, data, error } = item.safeParse(value)
    if (success) good.push(data)
    for (const { path, message } of error?.issues ?? []) {
      errors.push({ pointer: pointerTo([name, index, ...path]), detail: message })
    }
    if (errors.length >= mostErrors) break
  }
  const [first] = errors
  if (first === undefined) return good
  const more = errors.length - 1
  const atLeast = errors.length >= mostErrors ? 'at least ' : ''
  const rest = more > 0 ? ` (and ${atLeast}${more} more)` : ''
  throw new Problem(
    'wrong-use',
    `The body is wrong at ${first.pointer}: ${first.detail}${rest}. Correct it.`,
    { errors: errors.slice(0, mostErrors) },
  )
}

function itemsIn(body: unknown, name: string): readonly unknown[] {
  if (typeof body !== 'object' || body === null) return []
  const items: unknown = Reflect.get(body, name)
  return Array.isArray(items) ? items : []
}

/** The body with at most one of its items: what is left to be checked is around them. */
function withFirst(body: unknown, name: string): unknown {
  const items = itemsIn(body, name)
  return items.length === 0 ? body : { ...Object(body), [name]: items.slice(0, 1) }
}

function tooMany(name: string): Problem {
  const detail = `must have at most ${bulkLimit} items`
  return new Problem(
    'wrong-use',
    `The body is wrong at /${name}: it has more than ${bulkLimit} items. Send them in several requests.`,
    { errors: [{ pointer: `/${name}`, detail }] },
  )
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
