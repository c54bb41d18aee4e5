/** Automatic annotation of whole tasks: one frame after the other, stored at the end of each hundred. */
import { readJob, readTask, writeTask } from './annotations.ts'
import { date, dateOrNull } from './dates.ts'
import { type DetectedShape, shapesOf, told } from './detections.ts'
import type { FakeTask, FakeUser } from './model.ts'
import { invoke, type NuclioAddress, oneFunction } from './nuclio.ts'
import { worker } from './render.ts'
import type { FakeState } from './state.ts'

/** Frames whose shapes are stored together. */
const block = 100

export interface Wish {
  readonly function: string
  readonly task: number
  readonly job?: number | undefined
  readonly cleanup?: boolean | undefined
  readonly threshold?: number | null | undefined
  readonly mapping?: Readonly<Record<string, { readonly name: string }>> | undefined
  readonly conv_mask_to_poly?: boolean | undefined
}

export class AutomaticRequest {
  readonly id: string
  status: 'queued' | 'started' | 'finished' | 'failed' = 'queued'
  readonly #state: FakeState
  readonly #wish: Wish
  readonly #enqueued: number
  #progress: number | null = null
  #started: number | null = null
  #ended: number | null = null
  #trace: string | null

  /** @param previous run of the same task: until this one starts, its failure is still told */
  constructor(state: FakeState, wish: Wish, previous?: AutomaticRequest) {
    this.#state = state
    this.#wish = wish
    this.#trace = previous === undefined ? null : previous.#trace
    this.#enqueued = state.stamp()
    this.id = `action=autoannotate&target=task&target_id=${wish.task}`
  }

  render() {
    const { task, job, threshold } = this.#wish
    return {
      id: this.id,
      function: {
        id: this.#wish.function,
        task,
        ...(job === undefined ? {} : { job }),
        threshold: threshold ?? null,
      },
      status: this.status,
      progress: this.#progress,
      enqueued: date(this.#enqueued),
      started: dateOrNull(this.#started),
      ended: dateOrNull(this.#ended),
      exc_info: this.#trace,
    }
  }

  /** Resolves when it is finished or failed; one frame that fails ends it all. */
  async run(user: FakeUser, at: NuclioAddress): Promise<void> {
    this.status = 'started'
    this.#trace = null
    this.#started = this.#state.stamp()
    try {
      await this.#annotate(user, at)
      this.status = 'finished'
    } catch (error) {
      this.status = 'failed'
      this.#progress = null
      this.#trace = `Traceback (most recent call last):\nrequests.exceptions.HTTPError: ${error}\n`
    }
    this.#ended = this.#state.stamp()
  }

  async #annotate(user: FakeUser, at: NuclioAddress): Promise<void> {
    const task = this.#state.task(this.#wish.task)
    const frames = this.#frames(task)
    if (this.#wish.cleanup === true) this.#clean(user, task)
    let found: DetectedShape[] = []
    const store = () => {
      const shapes = found.map((one) => ({ ...told(one), attributes: [], elements: [] }))
      const sent = { version: 0, tags: [], tracks: [], shapes }
      writeTask(this.#state, user, task, 'create', sent, worker)
      found = []
    }
    for (const [done, frame] of frames.entries()) {
      found.push(...(await this.#detect(at, task, frame)))
      const total = task.data?.images.length ?? 1
      this.#progress = Math.floor((100 * (frame + 1)) / total)
      if ((done + 1) % block === 0) store()
    }
    store()
  }

  #frames(task: FakeTask): number[] {
    const { job } = this.#wish
    const own = job === undefined ? undefined : this.#state.job(job)
    const deleted = new Set(task.data?.deletedFrames)
    return (task.data?.images ?? [])
      .map((_, frame) => frame)
      .filter((frame) => !deleted.has(frame))
      .filter((frame) => own === undefined || (own.start <= frame && frame <= own.stop))
  }

  #clean(user: FakeUser, task: FakeTask): void {
    const { job } = this.#wish
    const { shapes } =
      job === undefined ? readTask(this.#state, task) : readJob(this.#state.job(job))
    const sent = shapes.map((one) => ({
      ...one,
      points: [...one.points],
      attributes: [],
      elements: [],
    }))
    const content = { version: 0, tags: [], tracks: [], shapes: sent }
    writeTask(this.#state, user, task, 'delete', content, worker)
  }

  async #detect(at: NuclioAddress, task: FakeTask, frame: number): Promise<DetectedShape[]> {
    const model = await oneFunction(at, this.#wish.function)
    const image = task.data?.images[frame]?.bytes ?? new Uint8Array()
    const { threshold, mapping, conv_mask_to_poly } = this.#wish
    const answer = await invoke(at, model, detectorPayload(image, threshold))
    return shapesOf(answer, frame, this.#state.labelsOf(task), {
      model: model.labels,
      mapping,
      toPolygons: conv_mask_to_poly ?? false,
    })
  }
}

/** What a detector is sent: the original file and nothing that names it. */
export function detectorPayload(image: Uint8Array, threshold: number | null | undefined) {
  return {
    ...(threshold == null || threshold === 0 ? {} : { threshold }),
    image: Buffer.from(image).toString('base64'),
  }
}
