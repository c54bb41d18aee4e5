/** Does the work of one job; what it returns is its result. */
import type { Job } from '../../ports/jobs.ts'
import { joinRound } from './join.ts'
import type { RoundPorts } from './ports.ts'
import { publishRound } from './publish.ts'
import { rankPool } from './rank.ts'
import { scoreShard } from './score.ts'
import { trainMember } from './train.ts'

/** @throws Problem `cancelled` within a second after `signal` aborts */
export function runJob(ports: RoundPorts, job: Job, signal: AbortSignal): Promise<unknown> {
  switch (job.kind) {
    case 'member':
      return trainMember(ports, job, signal)
    case 'join':
      return joinRound(ports, job)
    case 'shard':
      return scoreShard(ports, job, signal)
    case 'select':
      return rankPool(ports, job, signal)
    case 'publish':
      return publishRound(ports, job, signal)
  }
}
