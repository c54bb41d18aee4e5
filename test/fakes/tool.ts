/** A labelling tool in memory: tasks, annotations, a served order, and people who do as a test says. */
import { Problem } from '@suggestive/shared/problem'
import type { Label, RunMask } from '@suggestive/shared/protocol/label'
import type { Receipt } from '@suggestive/shared/protocol/queue'
import type {
  AnnotationTool,
  Publication,
  TaskLabels,
  ToolProject,
  ToolTask,
} from '@suggestive/shared/tool'
import { hollowPng } from '../support/png.ts'

/** Of every image here. */
export const [width, height] = [8, 4]

/** An image that differs from those of other numbers. */
export function picture(number: number): Uint8Array {
  return Buffer.concat([hollowPng(width, height), Buffer.from(String(number))])
}

interface FakeTask extends ToolTask {
  image: Uint8Array | undefined
  /** Counts up with each change of the task or its annotations. */
  changedAt: number
  readonly annotations: Map<string, Label>
  faults: readonly string[]
}

export interface Said {
  readonly annotator?: string
  readonly outcome?: 'labelled' | 'empty' | 'skipped'
  readonly groundTruth?: boolean
  readonly seconds?: number
  /** Pixels from the first one on; another mask for another number. */
  readonly pixels?: number
  readonly classId?: number
  readonly mask?: RunMask
  readonly finishedAt?: string
}

export class FakeTool implements AnnotationTool {
  readonly tool = 'label-studio'
  wantsProbabilities = false
  described: ToolProject = {
    key: '6',
    title: 'Nuclei 2026',
    url: 'http://tool.test/projects/6',
    classes: [{ id: 1, name: 'nucleus' }],
  }
  /** Publications that were applied, in their order. */
  readonly applied: Publication[] = []
  served: Publication | undefined
  /** Somebody else's setting; the tool serves no order of ours then. */
  setting = 'sequential'
  /** Every call, e.g. `image 7`. */
  readonly calls: string[] = []
  /** Called before anything is done; throws for a fault. */
  fault: (method: string) => void = () => {}
  readonly #tasks = new Map<string, FakeTask>()
  #time = 0
  #names = 0
  pageLength = 3

  // What people do

  addTask(image: Uint8Array | undefined = undefined, name?: string): string {
    const key = String(++this.#names)
    this.#tasks.set(key, {
      taskKey: key,
      name: name ?? `image ${key}.png`,
      url: `http://tool.test/tasks/${key}`,
      state: 'open',
      image: image ?? picture(this.#names),
      changedAt: ++this.#time,
      annotations: new Map(),
      faults: [],
    })
    return key
  }

  removeTask(key: string) {
    this.#tasks.delete(key)
  }

  change(key: string, fields: Partial<Pick<FakeTask, 'name' | 'state' | 'image' | 'faults'>>) {
    Object.assign(this.#of(key), fields, { changedAt: ++this.#time })
  }

  annotate(key: string, said: Said = {}): string {
    const task = this.#of(key)
    const externalId = `a${++this.#names}`
    task.annotations.set(externalId, this.#label(key, externalId, said))
    task.changedAt = this.#time
    return externalId
  }

  edit(key: string, externalId: string, said: Said) {
    const task = this.#of(key)
    task.annotations.set(externalId, this.#label(key, externalId, said))
    task.changedAt = this.#time
  }

  deleteAnnotation(key: string, externalId: string) {
    const task = this.#of(key)
    task.annotations.delete(externalId)
    task.changedAt = ++this.#time
  }

  labelsOf(key: string): readonly Label[] {
    return [...this.#of(key).annotations.values()]
  }

  keys(): readonly string[] {
    return [...this.#tasks.keys()]
  }

  // The port

  async project(signal: AbortSignal) {
    this.#begin('project', signal)
    return this.described
  }

  async *tasks(signal: AbortSignal) {
    this.#begin('tasks', signal)
    const all = [...this.#tasks.values()]
    for (let at = 0; at < all.length; at += this.pageLength) {
      this.#begin('tasks page', signal)
      yield all
        .slice(at, at + this.pageLength)
        .map(({ taskKey, name, url, state }) => ({ taskKey, name, url, state }))
    }
  }

  async image(taskKey: string, signal: AbortSignal) {
    this.#begin(`image ${taskKey}`, signal)
    const task = this.#tasks.get(taskKey)
    if (task?.image !== undefined) return { name: task.name, bytes: task.image }
    throw new Problem('unreadable-input', `The image of task ${taskKey} is gone: delete the task.`)
  }

  async *changes(cursor: string | undefined, signal: AbortSignal) {
    this.#begin('changes', signal)
    const after = Number(cursor ?? 0)
    const next = String(this.#time)
    const changed = [...this.#tasks.values()]
      .filter(({ changedAt, annotations, faults }) =>
        cursor === undefined ? annotations.size + faults.length > 0 : changedAt > after,
      )
      .sort((a, b) => a.changedAt - b.changedAt)
    for (let at = 0; at < changed.length || at === 0; at += this.pageLength) {
      this.#begin('changes page', signal)
      const tasks: TaskLabels[] = changed
        .slice(at, at + this.pageLength)
        .map(({ taskKey, annotations, faults }) => ({
          taskKey,
          labels: [...annotations.values()],
          faults,
        }))
      yield { tasks, cursor: next }
    }
  }

  async applyQueue(publication: Publication, signal: AbortSignal): Promise<Receipt> {
    this.#begin(`applyQueue ${publication.revision}`, signal)
    const { revision, rows } = publication
    const isFree = ({ taskKey }: { taskKey: string }) => this.#isFree(taskKey)
    this.served = publication
    this.setting = 'suggested'
    this.applied.push(publication)
    const applied = rows.filter(isFree).length
    const untouched = rows.length - applied
    return { revision, outcome: 'applied', applied, untouched, detail: '' }
  }

  async drift(revision: number, signal: AbortSignal) {
    this.#begin('drift', signal)
    if (this.served?.revision !== revision) return `It serves revision ${this.served?.revision}.`
    if (this.setting === 'suggested') return undefined
    return `Somebody has set the order of the tasks to ${this.setting}.`
  }

  async disconnect(signal: AbortSignal) {
    this.#begin('disconnect', signal)
    this.served = undefined
    this.setting = 'sequential'
  }

  /** Free tasks in the order in which the tool hands them out. */
  order(): readonly string[] {
    const free = this.keys().filter((key) => this.#isFree(key))
    if (this.served === undefined || this.setting !== 'suggested') return free
    const rank = new Map(this.served.rows.map((row) => [row.taskKey, row.rank]))
    return free.sort((a, b) => (rank.get(a) ?? 1e9) - (rank.get(b) ?? 1e9))
  }

  #isFree(key: string): boolean {
    const task = this.#tasks.get(key)
    return task !== undefined && task.state === 'open' && task.annotations.size === 0
  }

  #label(taskKey: string, externalId: string, said: Said): Label {
    const { outcome = 'labelled', pixels = 5, classId = 1 } = said
    const runs = [0, pixels, width * height - pixels]
    const mask = said.mask ?? { width, height, layers: [{ classId, runs }] }
    return {
      taskKey,
      externalId,
      version: ++this.#time,
      annotator: said.annotator ?? 'ann',
      seconds: said.seconds ?? 10,
      outcome,
      groundTruth: said.groundTruth ?? false,
      ...(said.finishedAt === undefined ? {} : { finishedAt: said.finishedAt }),
      ...(outcome === 'labelled' ? { mask } : {}),
    }
  }

  #of(key: string): FakeTask {
    const task = this.#tasks.get(key)
    if (task === undefined) throw new Error(`the fake has no task ${key}`)
    return task
  }

  #begin(method: string, signal: AbortSignal) {
    if (signal.aborted) throw new Problem('cancelled', 'The request was stopped.')
    this.calls.push(method)
    this.fault(method)
  }
}
