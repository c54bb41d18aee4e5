/** Label Studio as the labelling tool of the bridge. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@suggestive/shared/problem'
import type { Receipt } from '@suggestive/shared/protocol/queue'
import type { AnnotationTool, Publication, ToolProject, ToolTask } from '@suggestive/shared/tool'
import { ChangeReader, type Changes } from './changes.ts'
import { cleanUp } from './clean-up.ts'
import { drafted, withIds } from './client/task-query.ts'
import type { Project, Task } from './client/wire.ts'
import { type Client, type ClientOptions, createClient } from './client.ts'
import { type Configuration, readConfiguration } from './codec/configuration.ts'
import { leaveProject } from './disconnect.ts'
import { driftOf } from './drift.ts'
import { nameOf } from './image-address.ts'
import { type ImageFile, readImage } from './images.ts'
import { publish } from './publish.ts'
import type { MemoryStore } from './state.ts'
import { taskPages } from './task-pages.ts'
import { ensureWebhook, type WebhookOptions } from './webhooks.ts'

export interface LabelStudioOptions extends ClientOptions {
  /** Id in Label Studio. */
  readonly project: number
  readonly memory: MemoryStore
  /** Where people open Label Studio, when the plugin reaches it elsewhere. */
  readonly publicAddress?: string
  /** Bytes of one image; default 500 MB. */
  readonly mostImageBytes?: number
  /** Controls that are no classes. */
  readonly leftOut?: readonly string[]
  /** Pre-labels; default `auto`. */
  readonly shape?: 'auto' | 'brush' | 'polygon'
  /** Brush pre-labels show probabilities as opacity; default false. */
  readonly isGraded?: boolean
  readonly webhook?: WebhookOptions
  /** Called with a sentence about what was found, and undefined when it is well again. */
  readonly report?: (key: 'webhook' | 'clean-up', sentence: string | undefined) => void
}

/** Longer addresses are read again when they are needed. */
const rememberedAddress = 2000

/**
 * Predictions that the server deletes within about four seconds: on SQLite nothing else can be stored meanwhile, and it
 * refuses annotations after five.
 */
const smallVersion = 1000
/** So long nobody has submitted anything when more than that is deleted. */
const quietMs = 15 * 60_000

export class LabelStudioTool implements AnnotationTool {
  readonly tool = 'label-studio'
  readonly wantsProbabilities: boolean
  readonly #client: Client
  readonly #options: LabelStudioOptions
  readonly #pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly #changes = new ChangeReader()
  readonly #closing = new AbortController()
  /** Addresses of images by task. */
  readonly #addresses = new Map<number, unknown>()
  #configuration: Configuration | undefined
  /** When somebody was last seen to work, milliseconds. */
  #changedAt: number
  /** Large versions wait for a quiet time. */
  #isCleanUpLeft = false
  /** Publications, and what follows them, one after the other. */
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: LabelStudioOptions) {
    this.#options = options
    this.wantsProbabilities = options.isGraded ?? false
    this.#client = createClient(options)
    this.#changedAt = this.#now()
    this.#pause = options.pause ?? ((ms, signal) => sleep(ms, undefined, { signal }))
  }

  async project(signal: AbortSignal): Promise<ToolProject> {
    const { id, title } = await this.#read(signal)
    const { classes } = await this.#configured(signal)
    return { key: String(id), title, url: this.#page('data'), classes }
  }

  async *tasks(signal: AbortSignal): AsyncIterable<readonly ToolTask[]> {
    const { project } = this.#options
    const { dataKey } = await this.#configured(signal)
    const begun = new Set<number>()
    for (let page = 1; ; page++) {
      const { tasks } = await this.#client.tasks(
        { project, query: drafted, page, size: 1000 },
        signal,
      )
      for (const { id } of tasks) begun.add(id)
      if (tasks.length < 1000) break
    }
    for await (const tasks of taskPages(this.#client, project, signal)) {
      yield tasks.map((task) => {
        const value = this.#remember(task, dataKey)
        const taskKey = String(task.id)
        // Finished by some, but not by as many as the project asks for; or drafted by anybody. Locks nobody can see.
        const isBegun = begun.has(task.id) || (task.total_annotations > 0 && !task.is_labeled)
        return {
          taskKey,
          name: nameOf(typeof value === 'string' ? value : '', taskKey),
          url: this.#page(`data?task=${task.id}`),
          state: isBegun ? 'in-progress' : 'open',
        } as const
      })
    }
  }

  async image(taskKey: string, signal: AbortSignal): Promise<ImageFile> {
    const id = Number(taskKey)
    const { address, publicAddress, imageOrigins = [], mostImageBytes } = this.#options
    const mostBytes = mostImageBytes ?? 500_000_000
    const limits = { address, publicAddress, imageOrigins, mostBytes }
    const value = this.#addresses.get(id) ?? (await this.#addressOf(id, signal))
    return readImage(this.#client, { id, value }, limits, signal)
  }

  async *changes(cursor: string | undefined, signal: AbortSignal): AsyncIterable<Changes> {
    await this.checkWebhook(signal)
    const configuration = await this.#configured(signal)
    const { project, memory } = this.#options
    const options = { client: this.#client, project, configuration, memory: await memory.read() }
    for await (const page of this.#changes.read(cursor, { ...options, signal })) {
      if (page.tasks.length > 0) this.#changedAt = this.#now()
      yield page
    }
    if (this.#isCleanUpLeft && this.#isQuiet()) this.#cleanUp()
  }

  /** What a removed or changed webhook does is reported, never thrown: polling does without it. */
  async checkWebhook(signal: AbortSignal): Promise<void> {
    const { webhook, project, memory, report } = this.#options
    if (webhook === undefined) return
    try {
      report?.('webhook', await ensureWebhook(this.#client, project, memory, webhook, signal))
    } catch (error) {
      if (!(error instanceof Problem) || signal.aborted) throw error
      report?.('webhook', `The webhook cannot be checked: ${error.message}`)
    }
  }

  async applyQueue(publication: Publication, signal: AbortSignal): Promise<Receipt> {
    const { project, memory, shape = 'auto' } = this.#options
    const receipt = await this.#inTurn(async () => {
      const present = await this.#read(signal)
      const configuration = await this.#configured(signal)
      const publishing = { client: this.#client, project, memory, configuration, shape, present }
      return publish(publication, { ...publishing, pause: this.#pause }, signal)
    })
    this.#cleanUp()
    return receipt
  }

  drift(revision: number, signal: AbortSignal): Promise<string | undefined> {
    const { project, memory } = this.#options
    return driftOf(revision, this.#client, project, memory, signal)
  }

  disconnect(signal: AbortSignal): Promise<void> {
    const { project, memory, webhook } = this.#options
    const leaving = { client: this.#client, project, memory, webhookUrl: webhook?.url }
    return this.#inTurn(() => leaveProject(leaving, signal))
  }

  /** Resolves when nothing goes on in the background. */
  async idle(): Promise<void> {
    await this.#work
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#work
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now()
  }

  #isQuiet(): boolean {
    return this.#now() - this.#changedAt >= quietMs
  }

  /** In the background. The next publication waits, and does it again if it failed. */
  #cleanUp(): void {
    const { project, memory, report } = this.#options
    const { signal } = this.#closing
    this.#work = this.#work.then(async () => {
      if (signal.aborted) return
      const mostRows = this.#isQuiet() ? Number.POSITIVE_INFINITY : smallVersion
      try {
        const left = await cleanUp(this.#client, project, memory, mostRows, signal)
        this.#isCleanUpLeft = left > 0
        report?.('clean-up', undefined)
      } catch (error) {
        if (signal.aborted) return
        const why = error instanceof Error ? error.message : String(error)
        report?.('clean-up', `Predictions of earlier rounds could not be deleted: ${why}`)
      }
    })
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(work)
    this.#work = result.catch(() => undefined)
    return result
  }

  /** As it is now; its configuration is kept. */
  async #read(signal: AbortSignal): Promise<Project> {
    const project = await this.#client.project(this.#options.project, signal)
    const read = readConfiguration(project.parsed_label_config, this.#options.leftOut)
    if (read.kind === 'refused') {
      throw new Problem('wrong-use', `Project ${project.id} of Label Studio: ${read.reason}`)
    }
    this.#configuration = read.configuration
    return project
  }

  async #configured(signal: AbortSignal): Promise<Configuration> {
    if (this.#configuration === undefined) await this.#read(signal)
    if (this.#configuration !== undefined) return this.#configuration
    throw new Problem('internal', 'The configuration of the project was not read.')
  }

  #remember(task: Task, dataKey: string): unknown {
    const value = task.data[dataKey]
    if (typeof value !== 'string' || value.length <= rememberedAddress) {
      this.#addresses.set(task.id, value)
    } else this.#addresses.delete(task.id)
    return value
  }

  async #addressOf(id: number, signal: AbortSignal): Promise<unknown> {
    const { dataKey } = await this.#configured(signal)
    const { project } = this.#options
    const { tasks } = Number.isSafeInteger(id)
      ? await this.#client.tasks({ project, query: withIds([id]), page: 1, size: 1 }, signal)
      : { tasks: [] }
    const [task] = tasks
    if (task !== undefined) return this.#remember(task, dataKey)
    throw new Problem(
      'unreadable-input',
      `Label Studio has no task ${id} in project ${project} any more: its image cannot be read.`,
    )
  }

  #page(rest: string): string {
    const { publicAddress, address, project } = this.#options
    return `${(publicAddress ?? address).replace(/\/+$/, '')}/projects/${project}/${rest}`
  }
}
