/** The prepared data of one training, kept while its members follow each other. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrainRequest } from '../ports.ts'
import { type Prepared, prepare } from './prepare.ts'

interface Kept {
  readonly request: TrainRequest
  readonly scratch: string
  readonly prepared: Prepared
  users: number
}

export class Preparation {
  #last: Kept | undefined

  /** Runs `use` with the data of the request, which are prepared unless the last request was the same object. */
  async with<Result>(
    request: TrainRequest,
    signal: AbortSignal,
    use: (prepared: Prepared, scratch: string) => Promise<Result>,
  ): Promise<Result> {
    const kept = this.#last?.request === request ? this.#last : await this.#prepare(request, signal)
    kept.users++
    try {
      return await use(kept.prepared, kept.scratch)
    } finally {
      kept.users--
      if (kept !== this.#last) await remove(kept)
    }
  }

  /** Removes what is kept; a training that still uses it removes it at its end. */
  async discard() {
    const last = this.#last
    this.#last = undefined
    if (last !== undefined) await remove(last)
  }

  async #prepare(request: TrainRequest, signal: AbortSignal): Promise<Kept> {
    const scratch = await mkdtemp(join(tmpdir(), 'suggest-'))
    try {
      const prepared = await prepare(request, scratch, signal)
      const kept = { request, scratch, prepared, users: 0 }
      await this.discard()
      this.#last = kept
      return kept
    } catch (error) {
      await rm(scratch, { recursive: true, force: true })
      throw error
    }
  }
}

async function remove({ scratch, users }: Kept) {
  if (users === 0) await rm(scratch, { recursive: true, force: true })
}
