/** Interleaved measurement: every peer takes one step per round, strictly one at a time, so that drift hits all alike. */
import { setTimeout as pause } from 'node:timers/promises'
import { numberOf, type Peer } from './peer.ts'
import { type Spread, spread } from './spread.ts'

export interface Plan {
  /** Rounds that are not counted. */
  readonly warmUps: number
  readonly measurements: number
  /** Rest between two steps, milliseconds: idle threads of the last peer stop spinning. */
  readonly restMs: number
}

export interface Timing {
  readonly name: string
  readonly version: string
  /** Milliseconds per step. */
  readonly wall: Spread
  /** CPU time of the whole process, all threads, milliseconds per step. */
  readonly cpu: Spread
  /** Largest CPU time that the peer used while it had to be idle, milliseconds. */
  readonly idleCpuMs: number
  /** Peak resident memory of the peer's process. */
  readonly peakMiB: number
}

interface StepRecord {
  readonly wallMs: number
  readonly cpuStartMs: number
  readonly cpuEndMs: number
  readonly peakMiB: number
}

/**
 * Warm-ups and measurements of all peers; the order is reversed in every second round. A peer answers `step` with
 * `wallMs`, `cpuStartMs` and `cpuEndMs` (CPU time of its process so far, before and after the step), `peakMiB`.
 */
export async function interleave(
  peers: readonly Peer[],
  plan: Plan,
  onRound: (round: number, rounds: number) => void = () => undefined,
): Promise<Timing[]> {
  const records = new Map<Peer, StepRecord[]>(peers.map((peer) => [peer, []]))
  const rounds = plan.warmUps + plan.measurements
  for (let round = 0; round < rounds; round++) {
    onRound(round, rounds)
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      await pause(plan.restMs)
      const answer = await peer.ask('step')
      records.get(peer)?.push({
        wallMs: numberOf(answer, 'wallMs'),
        cpuStartMs: numberOf(answer, 'cpuStartMs'),
        cpuEndMs: numberOf(answer, 'cpuEndMs'),
        peakMiB: numberOf(answer, 'peakMiB'),
      })
    }
  }
  return peers.map((peer) => timing(peer, records.get(peer) ?? [], plan.warmUps))
}

function timing(peer: Peer, all: readonly StepRecord[], warmUps: number): Timing {
  const measured = all.slice(warmUps)
  const idle = all.slice(1).map((record, i) => record.cpuStartMs - (all[i]?.cpuEndMs ?? 0))
  return {
    name: peer.name,
    version: peer.version,
    wall: spread(measured.map((r) => r.wallMs)),
    cpu: spread(measured.map((r) => r.cpuEndMs - r.cpuStartMs)),
    idleCpuMs: Math.max(0, ...idle),
    peakMiB: Math.max(0, ...all.map((r) => r.peakMiB)),
  }
}
