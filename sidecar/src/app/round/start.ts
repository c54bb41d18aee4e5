/** Starts a round of a project: snapshot first, then its first job. */
import type { RoundView } from '@suggestive/shared/protocol/round'
import { advance } from './advance.ts'
import { noProject } from './no-project.ts'
import type { RoundPorts } from './ports.ts'

/**
 * @returns its number
 * @throws Problem `not-found`, `conflict` when one runs, `too-few-labels`
 */
export async function startRound(
  ports: RoundPorts,
  project: string,
  reason: RoundView['reason'],
): Promise<number> {
  const { store, clock, log } = ports
  const record = await store.project(project)
  if (record === undefined) throw noProject(project)
  // The engine is not asked: if it does not work, the round says so.
  const { profile, seed } = record.settings
  const { members } = ports.profiles[profile === 'auto' ? 'quick' : profile]
  const start = { reason, members, seed }
  const { number, images } = await store.startRound(project, start, clock.now())
  log.info({ project, round: number, reason, images }, 'a round starts')
  await advance(ports, { project, round: number })
  return number
}
