/** A recorded graph loaded into a TensorFlow session of its own. Every call blocks the thread until it is done. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import type { Binding } from './binding.ts'
import type { Graph } from './graph.ts'

export interface Feed {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** By the name of the placeholder. */
export type Feeds = Readonly<Record<string, Feed>>

export class Session {
  readonly #binding: Binding
  readonly #model: number

  constructor(binding: Binding, graph: Graph) {
    this.#binding = binding
    // The binding loads models from folders only; TensorFlow has read the whole file when it returns.
    const folder = mkdtempSync(join(tmpdir(), 'recorded-graph-'))
    try {
      writeFileSync(join(folder, 'saved_model.pb'), graph.encode())
      this.#model = binding.loadSavedModel(folder, 'serve,')
    } catch (cause) {
      throw failure('load the recorded graph', cause)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** A session after its first run, which fills the variables. */
  static start(binding: Binding, graph: Graph, feeds: Feeds, fetch: string): Session {
    const session = new Session(binding, graph)
    try {
      session.run(feeds, [fetch])
      return session
    } catch (error) {
      session.close()
      throw error
    }
  }

  /** Runs what the fetched nodes need. The arrays are not kept. Returns copies, in the order of `fetches`. */
  run(feeds: Feeds, fetches: readonly string[]): readonly Float32Array[] {
    const binding = this.#binding
    const ids: number[] = []
    try {
      for (const { shape, values } of Object.values(feeds))
        ids.push(binding.createTensor(shape, binding.TF_FLOAT, values))
      const results = binding.runSavedModel(
        this.#model,
        ids,
        Object.keys(feeds).map(reference).join(),
        fetches.map(reference).join(),
      )
      ids.push(...results.map((result) => result.id))
      return results.map((result) => floats(binding.tensorDataSync(result.id)))
    } catch (cause) {
      throw failure('run the recorded graph', cause)
    } finally {
      for (const id of ids) binding.deleteTensor(id)
    }
  }

  close() {
    this.#binding.deleteSavedModel(this.#model)
  }
}

/** The binding wants the number of the output with every name. */
const reference = (output: string) => (output.includes(':') ? output : `${output}:0`)

function floats(values: unknown): Float32Array {
  if (values instanceof Float32Array) return values
  throw new TypeError('TensorFlow returned something that is no array of float32')
}

function failure(what: string, cause: unknown): Problem {
  const reason =
    cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ').trim().slice(0, 500) : cause
  return new Problem('engine-failed', `TensorFlow could not ${what}: ${reason}.`, { cause })
}
