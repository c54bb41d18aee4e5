/** The images of a replay: a pool whose annotations are revealed when they are bought, and a test set. */
import { Problem } from '@suggestive/shared/problem'
import type { LabelRaster } from '../../domain/components.ts'
import type { LabelledSource } from '../../ports.ts'

/** An annotated image whose annotation is hidden at first. */
export interface ReplaySource extends LabelledSource {
  /** What sort of image it is, where somebody knows; never shown to a strategy. */
  readonly kind?: string
  /** Ids of the single objects, 0 = none; without it, objects are the components of the mask. */
  readObjects?(): Promise<LabelRaster>
}

export interface ReplaySets {
  readonly pool: readonly ReplaySource[]
  readonly test: readonly ReplaySource[]
}

/** Without a test set of its own: every fifth image in name order (1st, 6th, 11th, ...) is a test image. */
export function splitEveryFifth(sources: readonly ReplaySource[]): ReplaySets {
  const inOrder = [...sources].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return {
    pool: inOrder.filter((_, index) => index % 5 !== 0),
    test: inOrder.filter((_, index) => index % 5 === 0),
  }
}

export interface SortedSets extends ReplaySets {
  readonly warnings: readonly string[]
}

/**
 * The pool by ascending digest, so that no draw depends on file names, each content once and none that is in the
 * test set; the test set by name.
 * @throws Problem 'wrong-use' when one of the two is empty.
 */
export function sortedSets({ pool, test }: ReplaySets): SortedSets {
  const tested = new Map(test.map((source) => [source.digest, source.name]))
  const kept = new Map<string, ReplaySource>()
  const warnings: string[] = []
  for (const source of pool) {
    const twin = tested.get(source.digest)
    const first = kept.get(source.digest)
    if (twin !== undefined) {
      warnings.push(
        `${source.name} is left out of the pool: it is the same image as ${twin} in the test set.`,
      )
    } else if (first !== undefined) {
      warnings.push(
        `${source.name} is left out of the pool: it is the same image as ${first.name}.`,
      )
    } else kept.set(source.digest, source)
  }
  if (test.length === 0) {
    throw new Problem(
      'wrong-use',
      'The test set has no images; add images or name another folder with --test-images.',
    )
  }
  if (kept.size === 0) {
    throw new Problem(
      'wrong-use',
      'The pool has no images to learn from besides the test set; add images.',
    )
  }
  return {
    pool: [...kept.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    test,
    warnings,
  }
}
