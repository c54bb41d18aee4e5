/** Numbers of classes, which stay: masks that are stored know a class by nothing else. */
import type { LabelDefinition } from '../client/wire.ts'

/** By id of the label in CVAT. */
export type ClassNumbers = Readonly<Record<string, { readonly id: number; readonly name: string }>>

/**
 * A label keeps its number, and a new one gets the next. What is no label for areas any more keeps its number, too, and
 * hands it on to a new label of its name.
 *
 * @param labels that are classes now, by id
 * @param known of earlier times
 */
export function numbered(
  labels: readonly Pick<LabelDefinition, 'id' | 'name'>[],
  known: ClassNumbers,
): ClassNumbers {
  const present = new Set(labels.map(({ id }) => String(id)))
  const retired = new Map(Object.entries(known).filter(([label]) => !present.has(label)))
  let last = Math.max(0, ...Object.values(known).map(({ id }) => id))
  const numbers = labels.map(({ id: label, name }) => {
    const own = known[label]
    const heir = own === undefined ? [...retired].find(([, one]) => one.name === name) : undefined
    if (heir !== undefined) retired.delete(heir[0])
    return [String(label), { id: own?.id ?? heir?.[1].id ?? ++last, name }] as const
  })
  return Object.fromEntries([...numbers, ...retired])
}
