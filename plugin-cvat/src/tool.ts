/** CVAT as the labelling tool of the bridge. A task of the product is one frame. */
import { Problem } from '@suggestive/shared/problem'
import type { Receipt } from '@suggestive/shared/protocol/queue'
import type { AnnotationTool, Publication, ToolProject, ToolTask } from '@suggestive/shared/tool'
import { ChangeReader, type Changes } from './changes.ts'
import type { Stage } from './client/wire.ts'
import type { Client } from './client.ts'
import { type Classes, classesOf } from './codec/classes.ts'
import { leaveProject } from './disconnect.ts'
import { driftOf, type Looked } from './drift.ts'
import { createImages, type Images } from './images.ts'
import { endLeases } from './lease.ts'
import { type Next, nextJob } from './next.ts'
import { type Access, readPool } from './pool/access.ts'
import { JobList } from './pool/job-list.ts'
import { type PoolPlan, planPool } from './pool/plan.ts'
import { isUnderWay } from './pool/standing.ts'
import { TaskList } from './pool/task-list.ts'
import { Turns } from './pool/turns.ts'
import { frameOf, type Pool } from './pool.ts'
import { makePool, type PoolProgress } from './pool-task.ts'
import { publish } from './publish.ts'
import { noAnnotators } from './queue/gate.ts'
import type { Annotator } from './queue/order.ts'
import { orderLink } from './queue/order-link.ts'
import { Ledger, type Memory, type MemoryStore, type Mode } from './state.ts'
import { ensureWebhook, type WebhookOptions } from './webhooks.ts'

export type ReportKey = 'webhook' | 'tasks' | 'classes' | 'annotators' | 'leases'

export interface CvatOptions {
  readonly client: Client
  /** Id in CVAT. */
  readonly project: number
  readonly memory: MemoryStore
  /** CVAT as people open it. */
  readonly publicAddress: string
  /** Default `gate`. */
  readonly mode?: Mode
  /** From which on a completed job is finished; default `annotation`. */
  readonly stage?: Stage
  readonly annotators?: readonly Annotator[]
  /** Pre-labels for labels that may have either; default `mask`. */
  readonly shape?: 'mask' | 'polygon'
  /** Frames of a round in mode `round`; default two batches. */
  readonly roundSize?: number
  readonly webhook?: WebhookOptions
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Of chunks in memory; default 256 MB. */
  readonly mostImageBytes?: number
  /** Called with a sentence about what was found, and undefined when it is well again. */
  readonly report?: (key: ReportKey, sentence: string | undefined) => void
}

const usualRound = 16
const tasksOfPage = 1000

export class CvatTool implements AnnotationTool {
  readonly tool = 'cvat'
  readonly #options: CvatOptions
  readonly #access: Access
  readonly #images: Images
  readonly #changes = new ChangeReader()
  readonly #looked: Looked = new Map()
  /** Publications, and leaving. */
  readonly #work = new Turns()
  /** Annotators who are being sent to a job. */
  readonly #visits = new Set<Promise<Next>>()
  #isLeaving = false
  #classes: Classes | undefined

  constructor(options: CvatOptions) {
    this.#options = options
    const { client, project, now = Date.now, mostImageBytes } = options
    const tasks = new TaskList(client, project, now)
    this.#access = {
      client,
      project,
      ledger: new Ledger(options.memory),
      jobs: new JobList(client, project),
      tasks,
      stage: options.stage ?? 'annotation',
      now,
      assigning: new Turns(),
      completed: new Map(),
      report: (key, sentence) => options.report?.(key, sentence),
      classes: (signal, isFresh = false) => this.#classesOf(signal, isFresh),
    }
    this.#images = createImages(client, {
      now,
      ...(mostImageBytes === undefined ? {} : { mostBytes: mostImageBytes }),
      layoutOf: async (task, signal) => tasks.known(task) ?? client.taskMeta(task, signal),
    })
  }

  async project(signal: AbortSignal): Promise<ToolProject> {
    const { client, project } = this.#options
    const { id, name } = await client.project(project, signal)
    const { classes } = await this.#classesOf(signal, true)
    return { key: String(id), title: name, url: `${this.#address}/projects/${id}`, classes }
  }

  /** As they are now. */
  classes(signal: AbortSignal): Promise<Classes> {
    return this.#classesOf(signal, true)
  }

  async *tasks(signal: AbortSignal): AsyncIterable<readonly ToolTask[]> {
    const pool = await readPool(this.#access, signal)
    const memory = await this.#access.ledger.read()
    const keys = pool.keys()
    for (let at = 0; at === 0 || at < keys.length; at += tasksOfPage) {
      yield keys
        .slice(at, at + tasksOfPage)
        .flatMap((taskKey) => this.#taskOf(taskKey, pool, memory))
    }
  }

  async image(
    taskKey: string,
    signal: AbortSignal,
  ): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
    const gone = `CVAT has no image of task ${taskKey} any more`
    const at = frameOf(taskKey)
    if (at === undefined) {
      throw new Problem('unreadable-input', `${gone}: it is no task and frame of CVAT.`)
    }
    try {
      const bytes = await this.#images.read(at.task, at.frame, signal)
      const name = this.#access.tasks.known(at.task)?.frames[at.frame]?.name
      return { name: name ?? taskKey, bytes }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (error.kind !== 'unreadable-input' && error.kind !== 'not-found') throw error
      throw new Problem('unreadable-input', `${gone}: ${error.message}`, { cause: error })
    }
  }

  async *changes(cursor: string | undefined, signal: AbortSignal): AsyncIterable<Changes> {
    await this.checkWebhook(signal)
    await this.#endLeases(signal)
    yield* this.#changes.read(cursor, this.#access, signal)
  }

  /** What a removed or changed webhook does is reported, never thrown: polling does without it. */
  async checkWebhook(signal: AbortSignal): Promise<void> {
    const { webhook, client, project, report } = this.#options
    if (webhook === undefined) return
    try {
      const { ledger } = this.#access
      report?.('webhook', await ensureWebhook(client, project, ledger, webhook, signal))
    } catch (error) {
      if (!(error instanceof Problem) || signal.aborted) throw error
      report?.('webhook', `The webhook cannot be checked: ${error.message}`)
    }
  }

  /** Labels do not wait for it. */
  async #endLeases(signal: AbortSignal): Promise<void> {
    const { report } = this.#options
    try {
      await endLeases(this.#access, signal)
      report?.('leases', undefined)
    } catch (error) {
      if (!(error instanceof Problem) || signal.aborted) throw error
      report?.('leases', `A job that nobody has started cannot be taken back: ${error.message}`)
    }
  }

  applyQueue(publication: Publication, signal: AbortSignal): Promise<Receipt> {
    const { mode = 'gate', annotators = [], shape = 'mask', roundSize, report } = this.#options
    const isMissing = mode === 'gate' && annotators.length === 0
    report?.('annotators', isMissing ? noAnnotators : undefined)
    const options = { mode, annotators, shape, roundSize: roundSize ?? usualRound }
    return this.#work.take(() => publish(publication, this.#access, options, signal))
  }

  drift(revision: number, signal: AbortSignal): Promise<string | undefined> {
    return this.#work.take(() => driftOf(revision, this.#access, this.#looked, signal))
  }

  /** From then on nobody is sent to a job, unless it fails. */
  async disconnect(signal: AbortSignal): Promise<void> {
    const { webhook } = this.#options
    this.#isLeaving = true
    try {
      await this.idle()
      await this.#work.take(() => leaveProject(this.#access, webhook?.url, signal))
    } catch (error) {
      this.#isLeaving = false
      throw error
    }
  }

  /** The job that an annotator does next: a link to it, or a sentence. */
  async nextJob(annotator: Annotator, signal: AbortSignal): Promise<Next> {
    if (this.#isLeaving) return { kind: 'none', sentence: 'The project is being disconnected.' }
    const visit = nextJob(this.#access, annotator, this.#address, signal)
    this.#visits.add(visit)
    try {
      return await visit
    } finally {
      this.#visits.delete(visit)
    }
  }

  /** Of the list of jobs in the suggested order, for people. */
  async orderLink(): Promise<string> {
    return orderLink(this.#address, this.#options.project, await this.#access.ledger.read())
  }

  /** Tasks and frames as they are now. */
  pool(signal: AbortSignal): Promise<Pool> {
    return readPool(this.#access, signal)
  }

  /** What new tasks of one-image jobs would be made, before anything is done. */
  planPool(signal: AbortSignal): Promise<PoolPlan> {
    return planPool(this.#access, signal)
  }

  /** Ids of the new tasks. The old ones stay as they are. */
  makePool(
    plan: PoolPlan,
    onProgress: (progress: PoolProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    return this.#work.take(() => makePool(this.#access, plan, onProgress, signal))
  }

  /** Resolves when nothing is under way that changes CVAT or is remembered. */
  async idle(): Promise<void> {
    await this.#work.idle()
    await Promise.allSettled(this.#visits)
  }

  get #address(): string {
    return this.#options.publicAddress.replace(/\/+$/, '')
  }

  #taskOf(taskKey: string, pool: Pool, memory: Memory): ToolTask[] {
    const place = pool.place(taskKey)
    if (place === undefined) return []
    const { now, stage } = this.#access
    // Where a frame was moved from nobody works on it any more.
    const isBegun = pool.places(taskKey).some(({ job, copy }) => {
      const found = copy === 'replaced' ? undefined : pool.jobs.get(job)
      return found !== undefined && isUnderWay(found, memory, { stage, now: now() })
    })
    return [
      {
        taskKey,
        name: place.name === '' ? taskKey : place.name,
        url: `${this.#address}/tasks/${place.task}/jobs/${place.job}?frame=${place.frame}`,
        state: isBegun ? 'in-progress' : 'open',
      },
    ]
  }

  async #classesOf(signal: AbortSignal, isFresh: boolean): Promise<Classes> {
    if (this.#classes !== undefined && !isFresh) return this.#classes
    const { client, project, report } = this.#options
    const { ledger } = this.#access
    const labels = await client.labels(project, signal)
    // Before anything was finished no mask is stored: numbers begin anew.
    const numbersIn = ({ finished, classes }: Memory) => (finished.length === 0 ? {} : classes)
    const found = classesOf(labels, numbersIn(await ledger.read()))
    await ledger.change((memory) => {
      const { numbers } = classesOf(labels, numbersIn(memory))
      const isKnown = JSON.stringify(numbers) === JSON.stringify(memory.classes)
      return isKnown ? memory : { ...memory, classes: { ...numbers } }
    })
    this.#classes = found
    const { ignored } = found
    report?.('classes', ignored.length === 0 ? undefined : ignored.join(' '))
    return this.#classes
  }
}
