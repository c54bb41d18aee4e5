/** Joins the members of a round to its model. */
import type { Job } from '../../ports/jobs.ts'
import type { JoinResult } from './job-data.ts'
import { jobsOf } from './jobs-of.ts'
import type { RoundPorts } from './ports.ts'

export async function joinRound(
  { store, jobs, workshop, clock }: RoundPorts,
  { project, round }: Job,
): Promise<JoinResult> {
  const began = clock.now()
  const { members } = await jobsOf(jobs, { project, round })
  const { digest, bytes, heldOutDice, engine } = await workshop.join(
    members.map(({ blob }) => blob),
  )
  const at = clock.now()
  const model = { digest, bytes }
  await store.progressRound(project, round, { model, heldOutDice, engine }, at)
  return { digest, seconds: (at - began) / 1000 }
}
