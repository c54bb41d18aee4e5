/** What an image looks like to the ensemble, as one vector. Paper section 2.3, DESIGN section 2. */
import { Problem } from '@suggestive/shared/problem'

/**
 * `members`: per member the channel means of the encoder's last map, `[width]`. Each is scaled to unit length, then
 * they are joined and divided by sqrt(members), so that the dot product of two descriptors is the mean of the
 * members' cosines. A zero vector stays zero: its cosine is 0 with everything. Returns `[members * width]`.
 * Throws an engine-failed `Problem` for a value that is not finite.
 */
export function ensembleDescriptor(members: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(members.reduce((sum, member) => sum + member.length, 0))
  let at = 0
  for (const [m, member] of members.entries()) {
    let squares = 0
    for (const value of member) squares += value * value
    if (!Number.isFinite(squares)) {
      throw new Problem(
        'engine-failed',
        `The descriptor of member ${m} is not finite: train again, with a lower learning rate if it happens twice.`,
      )
    }
    const length = Math.sqrt(squares * members.length)
    for (const value of member) joined[at++] = length > 0 ? value / length : 0
  }
  return joined
}
