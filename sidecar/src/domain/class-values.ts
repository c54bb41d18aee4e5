/** The values that masks use for their classes, and the way between values and class indices. */
import type { Mask } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'

/** Classes besides the background that a data set may have. */
const mostClasses = 16

export interface ClassValues {
  /** Mask value of every class, background (0) first, ascending. */
  readonly classValues: readonly number[]
  readonly warnings: readonly string[]
}

/**
 * The classes of a set of masks from all values that occur in it: 0 is background; only 255 besides
 * it (or nothing) is one class; otherwise every value is a class id.
 *
 * @param seen values 0..255 in any order, repetitions allowed
 * @param where names the masks in messages, e.g. the folder
 * @throws Problem `wrong-use` when there are more than 16 classes
 */
export function classValuesOf(seen: Iterable<number>, where: string): ClassValues {
  const values = [...new Set(seen)].sort((a, b) => a - b)
  const ids = values.filter((value) => value !== 0)
  if (ids.length === 0) {
    const warning = `All masks in ${where} are background only (value 0): the ensemble learns to find nothing; label some objects to change that.`
    return { classValues: [0, 255], warnings: [warning] }
  }
  if (ids.length > mostClasses) {
    throw new Problem(
      'wrong-use',
      `The masks in ${where} hold ${ids.length} different values besides 0 (${ids.slice(0, 5).join(', ')}, ...), but at most ${mostClasses} classes are possible: save masks with one value per class, without soft edges and without a value per object.`,
    )
  }
  const warnings: string[] = []
  if (!values.includes(0)) {
    warnings.push(
      `The masks in ${where} have no background (value 0) at all: the ensemble cannot learn where objects end.`,
    )
  }
  if (ids.length > 1 && ids.includes(255)) {
    warnings.push(
      `The masks in ${where} use 255 beside other class ids: it counts as a class of its own, not as "unknown".`,
    )
  }
  return { classValues: [0, ...ids], warnings }
}

/**
 * Class indices 0..classes-1 of mask values; `undefined` for `index` of a value that is no class is
 * reported as `unknown`.
 */
export function toClassIndices(
  values: Uint8Array,
  classValues: readonly number[],
): { readonly indices: Uint8Array } | { readonly unknown: number } {
  const none = 255
  const table = new Uint8Array(256).fill(none)
  classValues.forEach((value, index) => {
    table[value] = index
  })
  const indices = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    const index = table[value] ?? none
    if (index === none) return { unknown: value }
    indices[i] = index
  }
  return { indices }
}

/** The mask as its people write it: class indices replaced by the values of the training masks. */
export function toMaskValues(mask: Mask, classValues: readonly number[]): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, index) => classValues[index] ?? 0)
  return mask.data.map((index) => table[index] ?? 0)
}

/** Marks in `seen` (256 entries) every value that occurs. */
export function markValues(values: Uint8Array, seen: Uint8Array): void {
  for (let i = 0; i < values.length; i++) seen[values[i] ?? 0] = 1
}
