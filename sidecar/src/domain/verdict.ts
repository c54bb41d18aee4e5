/** What counts of all that people have said about one image. DESIGN section 2, Labelled to Deleted. */

/** The newest version of one annotation. */
export interface Annotation {
  /** Of the stored version; grows with the order of arrival. */
  readonly id: number
  readonly outcome: 'labelled' | 'empty' | 'skipped' | 'deleted'
  readonly groundTruth: boolean
  /** When it was finished, or else when it came; milliseconds since 1970. */
  readonly at: number
  readonly beforeConnection: boolean
}

export interface VerdictSettings {
  readonly emptyMeans: 'background' | 'unlabelled'
  readonly overlap: 'newest' | 'majority'
}

export interface Verdict {
  readonly outcome: 'none' | 'labelled' | 'empty' | 'skipped'
  /**
   * Ids of the versions that count, ascending; several mean the majority per pixel, in which an empty one votes for
   * background. None unless `labelled`.
   */
  readonly labels: readonly number[]
  /** Everything that counts was made before the connection. */
  readonly beforeConnection: boolean
}

export const noVerdict: Verdict = { outcome: 'none', labels: [], beforeConnection: false }

/**
 * Ground truth first; else all finished annotations (majority) or the newest; skipped only when nothing is finished.
 *
 * @param annotations of all tasks with this image, each annotation once, in any order
 */
export function verdict(
  annotations: readonly Annotation[],
  { emptyMeans, overlap }: VerdictSettings,
): Verdict {
  const finished = annotations.filter(
    ({ outcome }) => outcome === 'labelled' || (outcome === 'empty' && emptyMeans === 'background'),
  )
  if (finished.length === 0) {
    const isSkipped = annotations.some(({ outcome }) => outcome === 'skipped')
    return isSkipped ? { ...noVerdict, outcome: 'skipped' } : noVerdict
  }
  const truth = finished.filter(({ groundTruth }) => groundTruth)
  const best = truth.length > 0 ? truth : finished
  const counted = overlap === 'majority' ? best : [best.reduce(newer)]
  const beforeConnection = counted.every((one) => one.beforeConnection)
  if (counted.every(({ outcome }) => outcome === 'empty')) {
    return { outcome: 'empty', labels: [], beforeConnection }
  }
  const labels = counted.map(({ id }) => id).sort((a, b) => a - b)
  return { outcome: 'labelled', labels, beforeConnection }
}

/** A training would see another image, another mask, or one image more or less. */
export function changesTraining(
  before: Pick<Verdict, 'outcome' | 'labels'>,
  after: Pick<Verdict, 'outcome' | 'labels'>,
): boolean {
  return trained(before) !== trained(after)
}

function trained({ outcome, labels }: Pick<Verdict, 'outcome' | 'labels'>): string {
  if (outcome === 'labelled') return labels.join()
  return outcome === 'empty' ? 'background' : ''
}

function newer(a: Annotation, b: Annotation): Annotation {
  if (a.at !== b.at) return a.at > b.at ? a : b
  return a.id > b.id ? a : b
}

/**
 * Does a version that has just come replace the newest one of the same annotation? Larger versions win; of equal ones
 * the one that came last.
 */
export function replaces(version: number, newest: number | undefined): boolean {
  return newest === undefined || version >= newest
}
