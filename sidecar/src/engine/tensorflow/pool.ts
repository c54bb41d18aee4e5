/** Predictors shared by all image sizes: one per set of weights, the idle ones kept for the next set. */
import type { Weights } from '../backend.ts'
import type { Network } from '../network.ts'
import { type Binding, deviceOf } from './binding.ts'
import type { Graph } from './graph.ts'
import { Predictor, recordPrediction } from './predict.ts'

interface Entry {
  readonly predictor: Predictor
  holders: number
}

/** Idle predictors beyond this are closed. */
const IDLE = 2

/** All predictors of one network. Weights are told apart by identity: their arrays must not change while held. */
export class Pool {
  readonly #binding: Binding
  readonly #network: Network
  readonly #graph: Graph
  #entries: Entry[] = []

  constructor(binding: Binding, network: Network) {
    this.#binding = binding
    this.#network = network
    this.#graph = recordPrediction(network, deviceOf(binding))
  }

  /** A predictor with these weights, which others with the same weights may share. */
  acquire(weights: Weights): Predictor {
    const same = this.#entries.find(
      ({ holders, predictor }) => holders > 0 && areSame(predictor.weights, weights),
    )
    const idle = this.#entries.find(({ holders }) => holders === 0)
    const entry = same ?? idle ?? this.#open(weights)
    if (entry === idle && same === undefined) entry.predictor.assign(weights)
    entry.holders++
    return entry.predictor
  }

  release(predictor: Predictor) {
    const entry = this.#entries.find((one) => one.predictor === predictor)
    if (entry !== undefined) entry.holders--
    const idle = this.#entries.filter(({ holders }) => holders === 0)
    for (const { predictor } of idle.slice(IDLE)) {
      predictor.close()
      this.#entries = this.#entries.filter((one) => one.predictor !== predictor)
    }
  }

  close() {
    for (const { predictor } of this.#entries) predictor.close()
    this.#entries = []
  }

  #open(weights: Weights): Entry {
    const predictor = new Predictor(this.#binding, this.#graph, this.#network, weights)
    const entry = { predictor, holders: 0 }
    this.#entries.push(entry)
    return entry
  }
}

const areSame = (a: Weights, b: Weights) =>
  a.parameters === b.parameters && a.statistics === b.statistics
