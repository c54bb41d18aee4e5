/** One line for annotators: why this image is where it is. */
import type { QueueRow, QueueSummary } from '../protocol/queue.ts'

/** E.g. `rank 3 of round 7: members disagree; represents 41 similar images`. */
export function reasonOf(
  { rank, uncertainty, represents }: QueueRow,
  { round, origin }: Pick<QueueSummary, 'round' | 'origin'>,
): string {
  const where = round === null ? `rank ${rank}` : `rank ${rank} of round ${round}`
  const reasons: string[] = []
  if (origin === 'cold-start') reasons.push('unlike the images before it')
  else if (uncertainty !== null) reasons.push('members disagree')
  if (represents !== null && represents > 0) {
    reasons.push(`represents ${represents} similar image${represents === 1 ? '' : 's'}`)
  }
  return reasons.length === 0 ? where : `${where}: ${reasons.join('; ')}`
}
