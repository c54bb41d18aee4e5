/** What annotators and reviewers do in the editor. */
import { runsTask, seesJob } from './access.ts'
import { drawn, writeJob } from './annotations.ts'
import { changeJob } from './changes.ts'
import type { DrawnShape, FakeJob, FakeShape, FakeUser, Stage, State } from './model.ts'
import { forbidden } from './refusal.ts'
import type { FakeState } from './state.ts'

export class Person {
  readonly #state: FakeState
  readonly #user: FakeUser

  constructor(state: FakeState, user: FakeUser) {
    this.#state = state
    this.#user = user
  }

  /** The jobs that they see, newest first, as CVAT lists them. */
  jobs(): FakeJob[] {
    return [...this.#state.jobs.values()]
      .filter((job) => seesJob(this.#state, this.#user, job))
      .sort((a, b) => b.id - a.id)
  }

  /** Jobs in the order of the link with `sort=updated_date`. */
  queue(): FakeJob[] {
    return this.jobs().sort((a, b) => a.updated - b.updated)
  }

  /** Presses "Save" after drawing: adds shapes; a new job is in progress from then on. */
  draw(job: number, shapes: readonly DrawnShape[]): readonly FakeShape[] {
    const own = this.#open(job)
    const told = writeJob(this.#state, this.#user, own, 'create', {
      version: 0,
      tags: [],
      tracks: [],
      shapes: shapes.map(drawn),
    })
    this.#start(own)
    return told.shapes
  }

  /** Changes shapes by their ids: one that a model drew becomes `semi-auto`, as in the editor. */
  edit(job: number, shapes: readonly FakeShape[]): readonly FakeShape[] {
    const own = this.#open(job)
    const changed = shapes.map((one) => ({
      ...one,
      source: one.source === 'auto' ? 'semi-auto' : one.source,
    }))
    const sent = { version: 0, tags: [], tracks: [], shapes: changed.map(copy) }
    const told = writeJob(this.#state, this.#user, own, 'update', sent)
    this.#start(own)
    return told.shapes
  }

  /** Deletes shapes by their ids. */
  erase(job: number, ids: readonly number[]): void {
    const own = this.#open(job)
    const shapes = own.shapes.filter(({ id }) => ids.includes(id)).map(copy)
    writeJob(this.#state, this.#user, own, 'delete', { version: 0, tags: [], tracks: [], shapes })
    this.#start(own)
  }

  /** "Finish the job": the stage stays. */
  finish(job: number): void {
    this.#set(this.#open(job), 'completed')
  }

  /** "Renew the job". */
  reopen(job: number): void {
    this.#set(this.#open(job), 'in progress')
  }

  /** Opens it and saves nothing but that it is in progress. */
  start(job: number): void {
    this.#start(this.#open(job))
  }

  /** A reviewer moves a job; its state becomes `new` unless another is given. */
  move(job: number, stage: Stage, state: State = 'new'): void {
    const own = this.#open(job)
    if (!runsTask(this.#state, this.#user, this.#state.task(own.task))) throw forbidden()
    changeJob(this.#state, this.#user, own, () => {
      own.stage = stage
      own.state = state
    })
  }

  /** @throws Refusal 403 for those who may not */
  assign(job: number, user: FakeUser | null): void {
    const own = this.#open(job)
    if (!runsTask(this.#state, this.#user, this.#state.task(own.task))) throw forbidden()
    changeJob(this.#state, this.#user, own, () => {
      own.assignee = user?.id ?? null
      own.assigneeUpdated = this.#state.stamp()
    })
  }

  #open(id: number): FakeJob {
    const job = this.#state.job(id)
    if (!seesJob(this.#state, this.#user, job)) throw forbidden()
    return job
  }

  #start(job: FakeJob): void {
    if (job.state === 'new') this.#set(job, 'in progress')
  }

  #set(job: FakeJob, state: State): void {
    changeJob(this.#state, this.#user, job, () => {
      job.state = state
    })
  }
}

const copy = (one: FakeShape) => ({
  ...one,
  points: [...one.points],
  attributes: [...one.attributes],
  elements: [...one.elements],
})
