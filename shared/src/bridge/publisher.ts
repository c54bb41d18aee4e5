/** Keeps the tool's queue as the sidecar has published it: applies new revisions, and notices who changes them. */
import { Problem } from '../problem.ts'
import type { Receipt } from '../protocol/queue.ts'
import type { BridgeOptions, Connection } from './deps.ts'
import { sentenceOf } from './failure.ts'
import { type PublicationPorts, readPublication } from './publication.ts'

export interface Publisher {
  /** Applies the newest revision if it is not applied; else looks whether the tool still serves it. */
  step(signal: AbortSignal): Promise<void>
  /** What is in the tool is not known any more. */
  forget(): void
  /** Revision that the tool serves as far as is known; 0 for none. */
  applied(): number
}

export interface PublisherPorts
  extends PublicationPorts,
    Pick<Connection, 'tool' | 'clock' | 'board'> {
  readonly onDrift: NonNullable<BridgeOptions['onDrift']>
}

/** Pause after the first failure; doubled at each further one. */
const leastPauseMs = 5000
const mostPauseMs = 600_000

export function createPublisher(ports: PublisherPorts): Publisher {
  const { tool, sidecar, id, board, clock, log } = ports
  let applied: number | undefined
  /** What the last receipt of the applied revision says is wrong. */
  let drift: string | undefined
  let failure: { revision: number; sentence: string; count: number; until: number } | undefined

  /** From the receipts: an earlier run may have done it. */
  async function recall(signal: AbortSignal): Promise<number> {
    let drifted: { readonly revision: number; readonly detail: string } | undefined
    for await (const { items } of sidecar.receipts(id, signal)) {
      for (const { revision, outcome, detail } of items) {
        if (outcome === 'applied') {
          drift = drifted?.revision === revision ? drifted.detail : undefined
          return revision
        }
        if (outcome === 'drifted') drifted ??= { revision, detail }
      }
    }
    return 0
  }

  async function apply(revision: number, signal: AbortSignal): Promise<void> {
    const publication = await readPublication(ports, revision, signal)
    if (publication === undefined || (await newest(signal)) !== revision) {
      log.info({ project: id, revision }, 'a queue was replaced before it was applied')
      return
    }
    const began = clock.now()
    const receipt = await tool.applyQueue(publication, signal)
    if (receipt.outcome === 'failed') throw new Problem('tool-failed', receipt.detail)
    await sidecar.sendReceipt(id, clipped(receipt), signal)
    applied = revision
    failure = undefined
    board.clear('queue')
    note(receipt.outcome === 'drifted' ? receipt.detail : undefined)
    log.info({ project: id, ...receipt, ms: clock.now() - began }, 'a queue was applied')
  }

  const newest = async (signal: AbortSignal) => (await sidecar.project(id, signal)).queueRevision

  function note(what: string | undefined) {
    drift = what
    if (what === undefined) board.clear('drift')
    else {
      const remedy = 'Set it back, or let the plugin repair it.'
      board.set('drift', {
        sentence: `The tool does not serve the suggested order. ${what}`,
        remedy,
      })
    }
  }

  async function look(revision: number, signal: AbortSignal): Promise<void> {
    const found = await tool.drift(revision, signal)
    if (found !== undefined && ports.onDrift === 'repair') {
      log.warn({ project: id, revision, found }, 'the tool was changed, its queue is repaired')
      return apply(revision, signal)
    }
    if (found !== drift) {
      const outcome = found === undefined ? 'applied' : 'drifted'
      const detail = found ?? 'The tool serves this order again.'
      await sidecar.sendReceipt(
        id,
        clipped({ revision, outcome, applied: 0, untouched: 0, detail }),
        signal,
      )
    }
    note(found)
  }

  async function failed(revision: number, error: unknown, signal: AbortSignal): Promise<void> {
    const sentence = sentenceOf(error)
    const isNew = failure?.revision !== revision || failure.sentence !== sentence
    const count = failure?.revision === revision ? failure.count + 1 : 1
    const pauseMs = Math.min(mostPauseMs, leastPauseMs * 2 ** (count - 1))
    failure = { revision, sentence, count, until: clock.now() + pauseMs }
    const remedy = 'It is tried again by itself; the tool keeps the order that it has.'
    board.set('queue', { sentence: `The suggested order is not in the tool. ${sentence}`, remedy })
    log.error({ project: id, revision, count, error: String(error) }, 'a queue was not applied')
    if (!isNew) return
    const receipt = {
      revision,
      outcome: 'failed',
      applied: 0,
      untouched: 0,
      detail: sentence,
    } as const
    await sidecar.sendReceipt(id, clipped(receipt), signal)
  }

  return {
    applied: () => applied ?? 0,
    forget() {
      applied = undefined
      failure = undefined
    },
    async step(signal) {
      for (;;) {
        applied ??= await recall(signal)
        const revision = await newest(signal)
        if (revision === 0) return
        if (failure?.revision === revision && clock.now() < failure.until) return
        // That it cannot be looked at does not make it another order.
        if (revision === applied) await look(revision, signal)
        else {
          try {
            await apply(revision, signal)
          } catch (error) {
            if (signal.aborted) throw error
            return failed(revision, error, signal)
          }
        }
        // Another one may have come meanwhile.
        if ((await newest(signal)) === revision) return
      }
    },
  }
}

function clipped(receipt: Receipt): Receipt {
  const { detail } = receipt
  return detail.length > 2000 ? { ...receipt, detail: `${detail.slice(0, 1997)}...` } : receipt
}
