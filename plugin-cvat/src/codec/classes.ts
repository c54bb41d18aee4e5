/** Labels of a project as classes of the product (contract section 3). */
import { Problem } from '@suggestive/shared/problem'
import type { ProjectClass } from '@suggestive/shared/protocol/project'
import type { LabelDefinition } from '../client/wire.ts'
import { type ClassNumbers, numbered } from './class-numbers.ts'

/** A label of CVAT that is a class. */
export interface ClassLabel {
  readonly classId: number
  readonly labelId: number
  readonly name: string
  /** One of `areaTypes`. */
  readonly type: string
}

export interface Classes {
  /** At first 1..n in the order of the labels' ids; numbers stay. Those whose label is gone are among them. */
  readonly classes: readonly ProjectClass[]
  /** One for each class that has a label. */
  readonly labels: readonly ClassLabel[]
  /** To be given the next time. */
  readonly numbers: ClassNumbers
  /** One sentence for each label that is no class. */
  readonly ignored: readonly string[]
  /** Ids of all labels of the project, whether they are classes or not. */
  readonly labelIds: ReadonlySet<number>
}

/** Labels of these types can name an area. */
const areaTypes = ['any', 'mask', 'polygon', 'rectangle', 'ellipse']

/** Class ids are bytes, 0 is background. */
const mostClasses = 255

/**
 * @param labels of one project; parts of skeletons have a parent and do not matter
 * @param known numbers of earlier times
 * @throws Problem `wrong-use` when there is no class, or too many
 */
export function classesOf(labels: readonly LabelDefinition[], known: ClassNumbers = {}): Classes {
  const top = labels.filter(({ parent_id }) => parent_id === null).toSorted((a, b) => a.id - b.id)
  const usable = top.filter(({ type, name }) => areaTypes.includes(type) && isName(name))
  const ignored = top.filter((label) => !usable.includes(label)).map(reasonFor)
  if (usable.length === 0) {
    const found = ignored.length === 0 ? 'no labels' : 'no label for areas'
    throw new Problem(
      'wrong-use',
      `The project has ${found}: add a label of type "mask", "polygon" or "any" in CVAT. ${ignored.join(' ')}`.trim(),
    )
  }
  if (usable.length > mostClasses) {
    throw new Problem(
      'wrong-use',
      `The project has ${usable.length} labels for areas, but ${mostClasses} are possible: split the project.`,
    )
  }
  const numbers = numbered(usable, known)
  if (Object.values(numbers).some(({ id }) => id > mostClasses)) {
    throw new Problem(
      'wrong-use',
      `The project has had more than ${mostClasses} labels for areas since it was connected: go on in a new project.`,
    )
  }
  const colours = new Map(usable.map(({ id, color }) => [String(id), color.toLowerCase()]))
  return {
    classes: Object.entries(numbers)
      .map(([label, { id, name }]) => {
        const colour = colours.get(label) ?? ''
        return /^#[0-9a-f]{6}$/.test(colour) ? { id, name, colour } : { id, name }
      })
      .sort((a, b) => a.id - b.id),
    labels: usable
      .map(({ id, name, type }) => ({ classId: numbers[id]?.id ?? 0, labelId: id, name, type }))
      .sort((a, b) => a.classId - b.classId),
    numbers,
    ignored,
    labelIds: new Set(labels.map(({ id }) => id)),
  }
}

const isName = (name: string): boolean => /^\P{Cc}{1,200}$/u.test(name)

function reasonFor({ name, type }: LabelDefinition): string {
  return areaTypes.includes(type)
    ? `The label ${JSON.stringify(name.slice(0, 20))} is no name of 1 to 200 characters in one line and is ignored: rename it.`
    : `The label "${name}" is of type "${type}" and is ignored: areas are drawn with labels of type "mask", "polygon" or "any".`
}
