/** Do two peers compute the same network? Only then may their times be compared. */

/** Largest relative difference that still counts as the same. */
export const TOLERANCE = 1e-3

/** What a peer computed from the task's weights and batch. */
export interface Computed {
  /** Before the first Adam step, after the first, and so on. */
  readonly losses: readonly number[]
  /** Softmax of the training-mode logits before the first step, [B,H,W,classes]. */
  readonly outputs: Float32Array
}

export interface Parity {
  readonly passed: boolean
  /** Largest relative difference of a loss. */
  readonly loss: number
  /** Largest difference of an output over the largest output. */
  readonly outputs: number
  /** Losses of the peer and of the reference, as text. */
  readonly losses: string
}

export function compare(peer: Computed, reference: Computed): Parity {
  const sameSize =
    peer.losses.length === reference.losses.length &&
    peer.outputs.length === reference.outputs.length
  const loss = Math.max(
    ...peer.losses.map((value, i) => {
      const expected = reference.losses[i] ?? Number.NaN
      return Math.abs(value - expected) / Math.abs(expected)
    }),
  )
  let difference = 0
  let largest = 0
  for (let i = 0; i < reference.outputs.length; i++) {
    const expected = reference.outputs[i] ?? Number.NaN
    difference = Math.max(difference, Math.abs((peer.outputs[i] ?? Number.NaN) - expected))
    largest = Math.max(largest, Math.abs(expected))
  }
  const outputs = difference / largest
  const text = (losses: readonly number[]) => losses.map((value) => value.toFixed(5)).join(' ')
  return {
    // NaN compares false: it never passes.
    passed: sameSize && loss <= TOLERANCE && outputs <= TOLERANCE,
    loss,
    outputs,
    losses: `${text(peer.losses)} against ${text(reference.losses)}`,
  }
}
