/** Ends a round that has no result, and says so to people. */
import { jobsOf } from './jobs-of.ts'
import type { RoundKey, RoundPorts } from './ports.ts'

/** Key of the problem that stands until a later round of the project succeeds. */
export const failureKey = 'round-failed'

export async function endRound(
  { store, jobs, workshop, clock, log }: RoundPorts,
  { project, round }: RoundKey,
  state: 'failed' | 'cancelled',
  failure: string | null,
): Promise<void> {
  const at = clock.now()
  await jobs.cancel(project, round, at)
  if (state === 'failed') {
    const sentence = `Round ${round} failed. ${failure ?? 'The reason is not known.'}`
    const remedy =
      'Remove the cause, then start a round; the next one also starts by itself when new labels arrive.'
    await store.raiseProblem({ key: failureKey, project, sentence, remedy }, at)
  }
  const { seconds } = await jobsOf(jobs, { project, round })
  const spent = (await store.round(project, round))?.computeSeconds ?? 0
  // The difference, because an earlier attempt may have got this far.
  const computeSeconds = Math.max(0, seconds - spent)
  await store.progressRound(project, round, { computeSeconds }, at)
  await store.endRound(project, round, state, failure, at)
  log.info({ project, round, state, failure }, 'the round ended without a result')
  await workshop.forget(`${project}/${round}`)
}
