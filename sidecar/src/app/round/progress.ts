/** The transient event of a round that is under way. */
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
import { momentOf } from '../../domain/moment.ts'
import type { RoundKey, RoundPorts } from './ports.ts'

type Data = ProgressEvent['data']

/** What is not given is not known. */
export function tellProgress(
  { tell, clock }: Pick<RoundPorts, 'tell' | 'clock'>,
  { project, round }: RoundKey,
  data: Pick<Data, 'state' | 'members'> & Partial<Data>,
): void {
  const unknown = { member: null, iteration: null, iterations: null, loss: null, secondsLeft: null }
  tell({
    at: momentOf(clock.now()),
    project,
    type: 'round.progress',
    data: { ...unknown, scored: 0, pool: 0, ...data, round },
  })
}
