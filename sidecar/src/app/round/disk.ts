/** Keeps rounds from filling the disk: labels are worth more. */
import type { RoundPorts } from './ports.ts'

/** Share of the disk at which rounds stop. */
const fullest = 0.95

/** How long an answer of the disk counts. */
const trustMs = 10_000

const key = 'disk-full'

/** @returns a question: is there room for a round? The problem stands as long as there is none */
export function createDiskGuard({
  store,
  blobs,
  clock,
}: Pick<RoundPorts, 'store' | 'blobs' | 'clock'>): () => Promise<boolean> {
  let askedAt = Number.NEGATIVE_INFINITY
  let hasRoom: boolean | undefined
  return async () => {
    const now = clock.now()
    if (hasRoom !== undefined && now - askedAt < trustMs) return hasRoom
    const space = await blobs.space()
    const used = space === undefined ? 0 : 1 - space.free / space.total
    const room = used < fullest
    if (room && hasRoom !== true) await store.clearProblem(null, key, now)
    if (!room && hasRoom !== false) {
      const sentence = `The disk is ${Math.floor(100 * used)} % full: rounds have stopped, labels are still taken.`
      const remedy = 'Free some space; rounds go on by themselves below 95 %.'
      await store.raiseProblem({ key, project: null, sentence, remedy }, now)
    }
    hasRoom = room
    askedAt = now
    return room
  }
}
