/** Hands labels over; what the sidecar refuses does not stop the others. */
import { Problem } from '../problem.ts'
import type { Label } from '../protocol/label.ts'
import type { Connection } from './deps.ts'

export interface Refused {
  readonly label: Label
  readonly sentence: string
}

export interface Delivered {
  readonly accepted: number
  readonly repeated: number
  readonly refused: readonly Refused[]
}

/** Of one request. */
const mostLabels = 500
/** Numbers in the masks of one request: some 10 MB of text. */
const mostRuns = 2_000_000

type Port = Pick<Connection, 'sidecar' | 'id'>

export async function deliverLabels(
  port: Port,
  labels: readonly Label[],
  beforeConnection: boolean,
  signal: AbortSignal,
): Promise<Delivered> {
  let [accepted, repeated] = [0, 0]
  const refused: Refused[] = []
  for (const bulk of bulksOf(labels)) {
    const done = await deliverBulk(port, bulk, beforeConnection, signal)
    accepted += done.accepted
    repeated += done.repeated
    refused.push(...done.refused)
  }
  return { accepted, repeated, refused }
}

async function deliverBulk(
  port: Port,
  labels: readonly Label[],
  beforeConnection: boolean,
  signal: AbortSignal,
): Promise<Delivered> {
  if (labels.length === 0) return { accepted: 0, repeated: 0, refused: [] }
  try {
    const done = await port.sidecar.putLabels(port.id, labels, beforeConnection, signal)
    return { ...done, refused: [] }
  } catch (error) {
    if (!(error instanceof Problem) || !isRefusal(error)) throw error
    // A project that is not there refuses everything: that is not the labels' fault.
    if (error.kind === 'not-found' && error.errors.length === 0) throw error
    const [only] = labels
    if (labels.length === 1 && only !== undefined) {
      return { accepted: 0, repeated: 0, refused: [{ label: only, sentence: ownSentence(error) }] }
    }
    const named = namedIn(error, labels.length)
    if (named.size > 0) {
      const rest = labels.filter((_, index) => !named.has(index))
      const done = await deliverBulk(port, rest, beforeConnection, signal)
      const refused = labels.flatMap((label, index) => {
        const sentence = named.get(index)
        return sentence === undefined ? [] : { label, sentence }
      })
      return { ...done, refused: [...refused, ...done.refused] }
    }
    const half = Math.ceil(labels.length / 2)
    const first = await deliverBulk(port, labels.slice(0, half), beforeConnection, signal)
    const second = await deliverBulk(port, labels.slice(half), beforeConnection, signal)
    return {
      accepted: first.accepted + second.accepted,
      repeated: first.repeated + second.repeated,
      refused: [...first.refused, ...second.refused],
    }
  }
}

/** Nothing was stored, and the same would be refused again. */
function isRefusal({ kind }: Problem): boolean {
  return ['wrong-use', 'not-found', 'unreadable-input', 'too-large'].includes(kind)
}

/** Positions that the sidecar names, with what it says about each. */
function namedIn({ errors }: Problem, count: number): ReadonlyMap<number, string> {
  const named = new Map<number, string>()
  for (const { pointer, detail } of errors) {
    const index = Number(/^\/labels\/(\d+)(?:\/|$)/.exec(pointer)?.[1] ?? Number.NaN)
    if (index < count && !named.has(index)) named.set(index, detail)
  }
  return named
}

function ownSentence(error: Problem): string {
  return error.errors[0]?.detail ?? error.message
}

function* bulksOf(labels: readonly Label[]): Generator<readonly Label[]> {
  let bulk: Label[] = []
  let runs = 0
  for (const label of labels) {
    const own = label.mask?.layers.reduce((sum, layer) => sum + layer.runs.length, 0) ?? 0
    if (bulk.length === mostLabels || (bulk.length > 0 && runs + own > mostRuns)) {
      yield bulk
      bulk = []
      runs = 0
    }
    bulk.push(label)
    runs += own
  }
  if (bulk.length > 0) yield bulk
}
