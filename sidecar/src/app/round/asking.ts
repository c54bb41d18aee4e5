/** Asks for images that nobody has sent yet: not too many at a time, again after a while, those not asked for first. */
import { wantTasks } from './images-wanted.ts'
import type { RoundPorts } from './ports.ts'

/** When each task was asked for. */
export type Asked = Map<string, number>

/** An image that is missing is asked for again after so long. */
export const askMs = 60_000
/** Images that are asked for and have not come, at most. */
const mostAsked = 2000
/** Keys that are looked at, at most: what nobody can send must not stand before all others for ever. */
const mostKnown = 50_000

/** Keys of tasks whose image was never seen, as many as `ask` can make use of. */
export function unseenKeys(
  { store }: Pick<RoundPorts, 'store'>,
  project: string,
  asked: Asked,
): Promise<readonly string[]> {
  return store.tasksWithoutImage(project, Math.min(mostKnown, asked.size + mostAsked))
}

/**
 * @param missing task keys, the most important ones first
 * @returns when some of them are asked for again, milliseconds since 1970; undefined when nothing is missing
 */
export async function ask(
  ports: Pick<RoundPorts, 'store' | 'clock'>,
  project: string,
  asked: Asked,
  missing: readonly string[],
): Promise<number | undefined> {
  const now = ports.clock.now()
  const keys = new Set(missing)
  for (const key of asked.keys()) if (!keys.has(key)) asked.delete(key)
  const isOutstanding = (key: string) => now - (asked.get(key) ?? Number.NEGATIVE_INFINITY) < askMs
  const due = [...keys].filter((key) => !isOutstanding(key))
  const room = Math.max(0, mostAsked - (keys.size - due.length))
  const fresh = due.filter((key) => !asked.has(key))
  const again = due.filter((key) => asked.has(key))
  const chosen = [...fresh, ...again].slice(0, room)
  for (const key of chosen) asked.set(key, now)
  await wantTasks(ports, project, chosen)
  let first = Number.POSITIVE_INFINITY
  for (const at of asked.values()) first = Math.min(first, at)
  return keys.size === 0 ? undefined : first + askMs
}
