/** People who know the truth at work in the fake CVAT, and proof that nobody else has changed what they made. */
import { encodeRuns } from '@suggestive/plugin-cvat/codec/mask-encode'
import type { RunMask } from '@suggestive/shared/protocol/label'
import type { FakeJob, FakeUser } from '../fakes/cvat/model.ts'
import type { FakeCvat } from '../fakes/cvat.ts'
import type { Specimen } from './serve.ts'

/** What somebody did with a frame. */
export type Kind = 'drawn' | 'accepted' | 'edited' | 'empty'

export interface Done {
  readonly job: number
  readonly frame: number
  readonly user: number
  readonly kind: Kind
  /** Shapes of ours that were in it. */
  readonly shown: number
}

const kinds: readonly Kind[] = ['drawn', 'accepted', 'edited', 'empty', 'drawn']

export class People {
  readonly done: Done[] = []
  readonly #fake: FakeCvat
  readonly #specimens: ReadonlyMap<string, RunMask>
  /** Of each job that somebody has touched: everything in it, as it was left. */
  readonly #left = new Map<number, string>()

  constructor(fake: FakeCvat, specimens: readonly Specimen[]) {
    this.#fake = fake
    this.#specimens = new Map(specimens.map(({ name, mask }) => [name, mask]))
  }

  /** Draws in a job and leaves it. */
  begin(user: FakeUser, id: number): void {
    const job = this.#fake.job(id)
    this.#fake.as(user).draw(id, [this.#truth(job, job.start)])
    this.leave(id)
  }

  /** Draws all frames of a job in the place of what is in it, and finishes it. */
  draw(user: FakeUser, id: number): void {
    const job = this.#fake.job(id)
    const frames = Array.from({ length: job.stop - job.start + 1 }, (_, at) => job.start + at)
    const person = this.#fake.as(user)
    if (job.shapes.length > 0) {
      person.erase(
        id,
        job.shapes.map((shape) => shape.id),
      )
    }
    person.draw(
      id,
      frames.map((frame) => this.#truth(job, frame)),
    )
    person.finish(id)
    this.leave(id)
  }

  /** Each frame in another way, the last one included; then "Finish the job". */
  finish(user: FakeUser, id: number): void {
    const job = this.#fake.job(id)
    const person = this.#fake.as(user)
    person.start(id)
    for (let frame = job.start; frame <= job.stop; frame++) {
      const shown = job.shapes.filter((shape) => shape.frame === frame)
      const wanted = kinds[this.done.length % kinds.length] ?? 'drawn'
      const kind = shown.length === 0 && wanted !== 'empty' ? 'drawn' : wanted
      if (kind === 'edited') person.edit(id, shown)
      else if (kind !== 'accepted' && shown.length > 0) {
        person.erase(
          id,
          shown.map((shape) => shape.id),
        )
      }
      if (kind === 'drawn') person.draw(id, [this.#truth(job, frame)])
      this.done.push({ job: id, frame, user: user.id, kind, shown: shown.length })
    }
    person.finish(id)
    this.leave(id)
  }

  /** Notes what is in a job: from now on only people may change it. */
  leave(id: number): void {
    this.#left.set(id, this.#contentOf(id))
  }

  /** Jobs whose content or state is not as people have left it. */
  disturbed(): readonly number[] {
    return [...this.#left].filter(([id, text]) => this.#contentOf(id) !== text).map(([id]) => id)
  }

  #contentOf(id: number): string {
    const { shapes, state, stage, assignee } = this.#fake.job(id)
    return JSON.stringify({ shapes, state, stage, assignee })
  }

  #truth(job: FakeJob, frame: number) {
    const task = this.#fake.state.task(job.task)
    const name = task.data?.images[frame]?.name ?? ''
    const mask = this.#specimens.get(name)
    const points = encodeRuns(mask?.layers[0]?.runs ?? [], mask?.width ?? 0)
    if (points === null) throw new Error(`no truth of ${name}`)
    const [label] = this.#fake.state.labelsOf(task)
    return { type: 'mask', frame, label_id: label?.id ?? 0, points }
  }
}

/** Changes of shapes over HTTP that no plugin may make: everything but making, and deleting what is `auto`. */
export function forbiddenWrites({ asked }: FakeCvat): readonly string[] {
  return asked.flatMap(({ method, path, search, body }) => {
    if (method === 'GET' || !path.endsWith('/annotations')) return []
    const isMade = method === 'PATCH' && search === '?action=create'
    const isDeleted = method === 'PATCH' && search === '?action=delete'
    if (isMade || (isDeleted && sourcesOf(body).every((source) => source === 'auto'))) return []
    return [`${method} ${path}${search} ${JSON.stringify(body).slice(0, 200)}`]
  })
}

function sourcesOf(body: unknown): readonly unknown[] {
  const shapes =
    typeof body === 'object' && body !== null && 'shapes' in body ? body.shapes : undefined
  return Array.isArray(shapes) ? shapes.map((shape: { source?: unknown }) => shape.source) : ['?']
}
