/** Takes back what was assigned and is not chosen any more. */
import type { Access } from '../pool/access.ts'
import { takeBack } from './assign.ts'

/** Leased jobs wait until their lease is over. */
export async function release(
  access: Access,
  chosen: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<void> {
  const { assignments } = await access.ledger.read()
  for (const id of Object.keys(assignments).map(Number)) {
    if (!chosen.has(id)) await takeBack(access, id, signal)
  }
}
