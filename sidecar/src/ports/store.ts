/**
 * What the sidecar remembers. Every method is one transaction: all of it or nothing, and it is on the disk when the
 * promise resolves. Times are milliseconds since 1970. Whatever people see (labels, rounds, queues, problems) bumps the
 * project's version and appends its events in the same transaction. Lists come in a stable order with an opaque cursor.
 * Arrays and records in both directions are plain data that can be sent between threads.
 */
import type { Budget } from '@suggestive/shared/protocol/budget'
import type { ProblemView, StoredEvent } from '@suggestive/shared/protocol/event'
import type { Label, LabelRecord } from '@suggestive/shared/protocol/label'
import type { ModelView } from '@suggestive/shared/protocol/model'
import type { NewProject, ProjectChange, ProjectView } from '@suggestive/shared/protocol/project'
import type {
  QueueRow,
  QueueSummary,
  Receipt,
  ReceiptRecord,
} from '@suggestive/shared/protocol/queue'
import type { RoundState, RoundView } from '@suggestive/shared/protocol/round'
import type { TaskInput, TaskView } from '@suggestive/shared/protocol/task'

/** The view without the sentence for people, which `app/next-step.ts` makes. */
export type ProjectRecord = Omit<ProjectView, 'nextStep'>

export interface PageQuery {
  readonly limit: number
  readonly after?: string | undefined
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** A label whose mask has been checked and packed (`domain/packed-mask.ts`). */
export interface NewLabel extends Omit<Label, 'mask'> {
  /** Digest of tool, project, externalId and content. */
  readonly identity: string
  /** Exactly when the outcome is `labelled`. */
  readonly mask?: Uint8Array
  /** Pixels of the image that were looked at: width x height; 0 when unknown. */
  readonly pixels: number
}

export interface ImageFacts {
  readonly digest: string
  readonly bytes: number
  readonly width: number
  readonly height: number
}

/** What makes a round due. */
export interface RoundInputs {
  /** Distinct labelled images whose bytes have been seen. */
  readonly labelled: number
  /** Versions accepted since the snapshot of the last round (all when there was none) that could change a training. */
  readonly fresh: number
  /** When the last of these came. */
  readonly lastAt: number | null
  /** Number of the round that runs now. */
  readonly active: number | null
}

/** A labelled image as a round trains on it. */
export interface SnapshotImage {
  readonly imageDigest: string
  readonly name: string
  /**
   * Ids of the label versions that count; several mean the majority per pixel, in which one without a mask votes for
   * background. None: all background.
   */
  readonly labels: readonly number[]
}

/** A distinct image that may be suggested, or is being worked on. */
export interface PoolImage {
  readonly imageDigest: string
  /** The lowest task key of this image. */
  readonly taskKey: string
  readonly inProgress: boolean
  /** Bytes are in the cache. */
  readonly stored: boolean
  /** The round that was asked for has scored it. */
  readonly scored: boolean
  /** Round of its newest score, of the finished rounds; 0 for none. */
  readonly scoredRound: number
}

/** A labelled image that can be trained on. */
export interface LabelledImage {
  readonly imageDigest: string
  /** Of one of its tasks. */
  readonly taskKey: string
  /** Bytes are in the cache. */
  readonly stored: boolean
}

export interface Score {
  readonly imageDigest: string
  /** 0..0.25. */
  readonly uncertainty: number
  /** 0..1. */
  readonly foreground: number
}

/** Stored maps of one image by one model; all digests are of blobs of the kind `map`. */
export interface MapRecord {
  readonly imageDigest: string
  readonly modelDigest: string
  readonly round: number
  readonly width: number
  readonly height: number
  readonly uncertainty: number
  readonly foreground: number
  /** Packed runs of the classes. */
  readonly mask: string
  /** PNG, 8 bit. */
  readonly maskPng: string
  /** PNG, 16 bit, one per class; the mean probability inside of its pixels, null when it has none. */
  readonly probability: readonly {
    readonly classId: number
    readonly blob: string
    readonly score: number | null
  }[]
  /** PNG, 16 bit. */
  readonly variance: string
}

export interface RoundStart {
  readonly reason: RoundView['reason']
  readonly members: number
  readonly seed: number
}

/** Absent fields stay as they are. */
export interface RoundProgress {
  readonly state?: RoundState
  readonly membersTrained?: number
  readonly pool?: number
  readonly scored?: number
  readonly heldOutDice?: number | null
  readonly profile?: string
  readonly engine?: string
  /** Working scale of the networks. */
  readonly scale?: number
  readonly warnings?: readonly string[]
  /** Added to what is there. */
  readonly computeSeconds?: number
  readonly model?: { readonly digest: string; readonly bytes: number }
}

export interface Draft {
  readonly origin: QueueSummary['origin']
  readonly round: number | null
  readonly modelDigest: string | null
  /** How many of the first rows were chosen by the full rule. */
  readonly published: number
}

export interface NewProblem {
  /** Equal keys are one problem, e.g. `broken-image/3fa4...`. */
  readonly key: string
  readonly project: string | null
  readonly sentence: string
  readonly remedy: string
  readonly url?: string
}

export interface Store {
  // Projects
  /** @throws Problem `conflict` when the id is taken with other content; the same content again changes nothing. */
  createProject(project: NewProject, at: number): Promise<void>
  /** @throws Problem `not-found`; `conflict` when a class that labels use would vanish. */
  changeProject(id: string, change: ProjectChange, at: number): Promise<void>
  projects(): Promise<readonly ProjectRecord[]>
  project(id: string): Promise<ProjectRecord | undefined>

  // Tasks
  /** Inserts or replaces by key, but an absent digest or size leaves the known one; at most 1000 at a time. */
  putTasks(
    project: string,
    tasks: readonly TaskInput[],
    at: number,
  ): Promise<{ readonly added: number; readonly changed: number; readonly unchanged: number }>
  /** In the order of first arrival. */
  tasks(project: string, page: PageQuery): Promise<Page<TaskView>>
  task(project: string, taskKey: string): Promise<TaskView | undefined>
  /** Size of the image of each known key, null where it is unknown; unknown keys are absent. */
  taskSizes(
    project: string,
    taskKeys: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly width: number; readonly height: number } | null>>
  /**
   * Tasks whose image nobody has ever sent (digest unknown included), labelled ones first; gone and broken ones are
   * left out, and so are images that were dropped from the cache.
   */
  tasksWithoutImage(project: string, limit: number): Promise<readonly string[]>
  /** Open, unlabelled tasks whose image has no known digest, by key in byte order, after the key `after`. */
  tasksOfUnknownImage(project: string, after: string, limit: number): Promise<readonly string[]>

  // Images
  noteImage(image: ImageFacts, at: number): Promise<void>
  images(digests: readonly string[]): Promise<readonly ImageFacts[]>
  /** Projects with tasks of one of these images, each once, by name. */
  projectsWith(imageDigests: readonly string[]): Promise<readonly string[]>
  /** The bytes are no longer here. */
  forgetImage(imageDigest: string): Promise<void>
  touchImages(digests: readonly string[], at: number): Promise<void>
  imageUse(): Promise<{ readonly count: number; readonly bytes: number }>
  /** Stored images, least recently used first. */
  leastUsedImages(limit: number): Promise<readonly ImageFacts[]>
  /** `sentence` null: it is fine again. */
  markBroken(imageDigest: string, sentence: string | null, at: number): Promise<void>

  // Labels
  /**
   * Appends versions, never rewrites one; known identities are counted as repeated. Recomputes what counts for each
   * task touched, writes the ledger, and raises label.ingested and budget.changed when anything was accepted. At most
   * 1000 at a time.
   *
   * @throws Problem `not-found` for an unknown task; nothing is stored then
   */
  putLabels(
    project: string,
    labels: readonly NewLabel[],
    beforeConnection: boolean,
    at: number,
  ): Promise<{ readonly accepted: number; readonly repeated: number }>
  /** Oldest first; of one task only when `taskKey` is given. */
  labels(
    project: string,
    page: PageQuery & { readonly taskKey?: string | undefined },
  ): Promise<Page<LabelRecord>>
  /** Packed masks by label id; labels without one are absent. */
  labelMasks(project: string, ids: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>>
  budget(project: string): Promise<Budget>

  // Rounds
  roundInputs(project: string): Promise<RoundInputs>
  /**
   * The next round with its snapshot of the labels that count now.
   *
   * @throws Problem `conflict` when one runs already; `too-few-labels` below 2 labelled images with known bytes
   */
  startRound(project: string, start: RoundStart, at: number): Promise<RoundView>
  /** In the order of image digests, after the digest `after`. */
  labelledImages(project: string, after: string, limit: number): Promise<readonly LabelledImage[]>
  /** In the order of image digests. */
  snapshot(project: string, round: number): Promise<readonly SnapshotImage[]>
  progressRound(project: string, round: number, progress: RoundProgress, at: number): Promise<void>
  /** Ends a round without a result; what it staged is forgotten. Ended rounds stay as they are. */
  endRound(
    project: string,
    round: number,
    state: 'failed' | 'cancelled',
    failure: string | null,
    at: number,
  ): Promise<void>
  /** Newest first. */
  rounds(project: string, page: PageQuery): Promise<Page<RoundView>>
  round(project: string, round: number): Promise<RoundView | undefined>
  /** Rounds of all projects that have not ended. */
  activeRounds(): Promise<readonly { readonly project: string; readonly round: number }[]>

  // Scores and queue
  /**
   * Distinct images that are neither labelled, broken, gone nor lately skipped, in the order of their digests. Skipped
   * images come back in the third round after.
   */
  pool(project: string, round: number): Promise<readonly PoolImage[]>
  /** Visible only when the round is committed; at most 1000 at a time. */
  stageScores(project: string, round: number, scores: readonly Score[]): Promise<void>
  stageMaps(project: string, round: number, maps: readonly MapRecord[]): Promise<void>
  /**
   * Rows of a queue to be; at most 1000 at a time. `draft` names it, those of a round `round-7` or `round-7-...`: what
   * it has not published is forgotten when it ends. The same rank again replaces; a published draft stays as it is.
   */
  stageQueue(project: string, draft: string, rows: readonly QueueRow[]): Promise<void>
  /**
   * Makes a draft the next revision: round finished (for origin `round`), scores, maps and model visible, ledger entry
   * of the computing time, events. For origin `rollback` the model of the draft is the one in use from now on. Committing a draft that is gone because it was committed returns its revision.
   *
   * @throws Problem `not-found` for a draft that was never staged; `conflict` when its round has ended
   */
  publish(project: string, draft: string, as: Draft, at: number): Promise<number>
  /** Of the current revision when none is named. */
  queue(project: string, revision?: number): Promise<QueueSummary | undefined>
  /** Rows after rank `after`. Beyond the published part only the current and the previous revision are kept. */
  queueRows(
    project: string,
    revision: number,
    after: number,
    limit: number,
  ): Promise<readonly QueueRow[]>
  /** Newest first. */
  queues(project: string, page: PageQuery): Promise<Page<QueueSummary>>
  /**
   * Open tasks that may be suggested and have no place in the current queue, nor has their image. A page looks through
   * `limit` tasks, so it may be empty and not be the last one.
   */
  unqueuedTasks(
    project: string,
    page: PageQuery,
  ): Promise<Page<{ readonly taskKey: string; readonly imageDigest: string | null }>>
  /** @throws Problem `not-found` for an unknown revision */
  addReceipt(project: string, receipt: Receipt, at: number): Promise<void>
  receipts(project: string, page: PageQuery): Promise<Page<ReceiptRecord>>

  // Maps and models
  /** Stored maps of the task's image by the model in use. */
  mapOf(project: string, taskKey: string): Promise<MapRecord | undefined>
  /** Adds maps that were computed on request. */
  putMaps(project: string, maps: readonly MapRecord[]): Promise<void>
  /** Newest first. */
  models(project: string): Promise<readonly ModelView[]>

  // Events and problems
  /** At most `limit` events with a larger id, in order. */
  events(after: number, project: string | undefined, limit: number): Promise<readonly StoredEvent[]>
  /** Ids of the oldest event that is kept (0 when none is) and of the newest one ever. */
  eventRange(): Promise<{ readonly oldest: number; readonly newest: number }>
  /** Called after each commit that appended events. @returns how to stop that */
  onEvents(listener: (newest: number) => void): () => void
  wantImages(project: string, taskKeys: readonly string[], at: number): Promise<void>
  forgetEvents(before: number): Promise<void>
  /** Raised once per key until it is cleared. */
  raiseProblem(problem: NewProblem, at: number): Promise<void>
  clearProblem(project: string | null, key: string, at: number): Promise<void>
  /** Of one project and those of no project; all when none is named. */
  problems(project?: string): Promise<readonly ProblemView[]>

  // Idempotency
  /** The reply kept under a key, if any. `fingerprint` is the digest of the request. */
  recall(
    key: string,
  ): Promise<
    { readonly fingerprint: string; readonly status: number; readonly body: string } | undefined
  >
  remember(
    key: string,
    reply: { readonly fingerprint: string; readonly status: number; readonly body: string },
    at: number,
  ): Promise<void>
  forgetReplies(before: number): Promise<void>

  // Keeping house
  /** Forgets rows that are no longer kept (DESIGN section 5) and names all blobs that are still referred to. */
  retain(
    at: number,
  ): Promise<readonly { readonly kind: 'model' | 'map'; readonly digest: string }[]>
  /** A consistent copy into a new file, while everything goes on. */
  backup(path: string): Promise<void>
  /** @throws Problem `corrupt-store` that says what is damaged and how to restore */
  check(): Promise<void>
  close(): Promise<void>
}
