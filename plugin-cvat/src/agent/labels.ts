/** Labels of the function, and where a request leads them. */
import type { FunctionLabel } from '../client/agents.ts'
import type { Classes, ClassLabel } from '../codec/classes.ts'
import type { Question } from './question.ts'
import { Unanswerable } from './unanswerable.ts'

/** Suggestions are masks or polygons. */
const drawn = ['any', 'mask', 'polygon']

/** Those of the project that suggestions can have; by name. */
export function functionLabels({ labels }: Pick<Classes, 'labels'>): readonly FunctionLabel[] {
  return labels
    .filter(({ type }) => drawn.includes(type))
    .map(({ name, type }) => ({ name, type }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export function areSameLabels(a: readonly FunctionLabel[], b: readonly FunctionLabel[]): boolean {
  const text = (labels: readonly FunctionLabel[]) =>
    JSON.stringify(labels.map(({ name, type }) => `${type} ${name}`).toSorted())
  return text(a) === text(b)
}

/**
 * The classes that are wanted, each with the label of the task that it gets; its type is the form to be drawn, `any`
 * where both would do.
 *
 * @throws Unanswerable when a label is unknown, or cannot be drawn
 */
export function wantedLabels(
  { names, toPolygons }: Pick<Question, 'names' | 'toPolygons'>,
  { labels }: Pick<Classes, 'labels'>,
): readonly ClassLabel[] {
  const own = labels.filter(({ type }) => drawn.includes(type))
  const wanted = own.flatMap((label): ClassLabel[] => {
    const name = names === undefined ? label.name : names.get(label.name)
    if (name === undefined) return []
    const target = labels.find((one) => one.name === name)
    if (target === undefined || !drawn.includes(target.type)) throw notDrawn(name, target)
    const type = toPolygons ? 'polygon' : target.type === 'any' ? label.type : target.type
    return [{ classId: label.classId, labelId: target.labelId, name, type }]
  })
  if (wanted.length > 0 || names === undefined || names.size === 0) return wanted
  const lost = [...names.keys()].map((name) => `"${name}"`).join(', ')
  throw new Unanswerable(
    `The project has no label ${lost} any more: start automatic annotation again with its new labels.`,
  )
}

function notDrawn(name: string, target: ClassLabel | undefined): Unanswerable {
  const remedy = 'choose a label of type "mask", "polygon" or "any"'
  return new Unanswerable(
    target === undefined
      ? `The task has no label "${name}" for areas: ${remedy}.`
      : `The label "${name}" draws with the type "${target.type}", which suggestions cannot have: ${remedy}.`,
  )
}
