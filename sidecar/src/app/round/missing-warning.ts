/** Asks for images that a round could not score because nobody had sent them, and says how many. */
import { wantTasks } from './images-wanted.ts'
import type { RoundKey, RoundPorts } from './ports.ts'

/** Images that are asked for after a round: the next one scores them. */
const mostWanted = 2000

export async function missingWarning(
  ports: Pick<RoundPorts, 'store' | 'clock'>,
  { project, round }: RoundKey,
): Promise<readonly string[]> {
  const pool = await ports.store.pool(project, round)
  const missing = pool.filter(({ stored }) => !stored)
  if (missing.length === 0) return []
  const keys = missing.map(({ taskKey }) => taskKey)
  await wantTasks(ports, project, keys.slice(0, mostWanted))
  const images = missing.length === 1 ? '1 image was' : `${missing.length} images were`
  return [`${images} not scored because the bytes are not here; they are asked for.`]
}
