/** The `Store` and `Jobs` ports on one SQLite file. */
import type { Jobs } from '../ports/jobs.ts'
import type { PoolImage, Store } from '../ports/store.ts'
import { backup, lockPath } from './backup.ts'
import { check } from './check.ts'
import { Committer } from './committer.ts'
import { Database } from './database.ts'
import { eventRange, events, forgetSomeEvents, newestEvent, wantImages } from './events.ts'
import {
  forgetImage,
  images,
  imageUse,
  leastUsedImages,
  markBroken,
  noteImage,
  projectsWith,
  touchImages,
} from './images.ts'
import { createJudge, hasJudgings } from './judging.ts'
import { labelMasks, labels, putLabels } from './labels.ts'
import { budget } from './ledger.ts'
import { lock } from './lock.ts'
import { mapOf, putMaps, stageMaps } from './maps.ts'
import { migrate, versionOf } from './migrations.ts'
import { models } from './models.ts'
import { clearProblem, problems, raiseProblem } from './problems.ts'
import { changeProject, createProject, project, projects } from './projects.ts'
import { publish } from './publish.ts'
import { queue, queueRows, queues, stageQueue } from './queue.ts'
import { addReceipt, receipts } from './receipts.ts'
import { forgetSomeReplies, recall, remember } from './replies.ts'
import { createSweeps, markRetained, referredBlobs, type Sweep } from './retain.ts'
import { roundInputs } from './round-inputs.ts'
import {
  activeRounds,
  endRound,
  labelledImages,
  progressRound,
  round,
  rounds,
  snapshot,
  startRound,
} from './rounds.ts'
import { poolSlice, stageScores } from './scores.ts'
import {
  cancelJobs,
  claimJob,
  failJob,
  finishJob,
  jobOutcomes,
  listJobs,
  releaseJob,
  renewJob,
  submitJobs,
} from './sqlite-jobs.ts'
import { putTasks, task, taskSizes, tasks } from './tasks.ts'
import { tasksOfUnknownImage, tasksWithoutImage, unqueuedTasks } from './waiting-tasks.ts'

/** Rows that are deleted in one transaction. */
const deletedAtOnce = 1000
/** Images of the pool that are read in one go. */
const poolAtOnce = 1000

export interface StoreOptions {
  /** Pages in the log after which a commit itself moves them into the database. */
  readonly logPages?: number
  /** Called after each commit, before its callers are answered. */
  readonly onCommit?: () => void
}

/**
 * Opens or creates the database, brings it to the present version and locks the data folder.
 *
 * @throws Problem `conflict` when another process works with it; `corrupt-store` when it is damaged or of a newer
 *   version; `storage-failed`
 */
export async function openStore(
  path: string,
  { logPages = 1000, onCommit = () => {} }: StoreOptions = {},
): Promise<SqliteStore> {
  const unlock = lock(lockPath(path))
  try {
    const db = new Database(path)
    try {
      // Before anything is written: it may be somebody else's.
      versionOf(db)
      db.makeDurable(logPages)
      await migrate(db, (version) => backup(path, `${path}.before-version-${version + 1}`))
      const store = new SqliteStore(db, unlock, onCommit)
      await store.judge()
      return store
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * One method per function of this folder: `#reading` sees everything asked for before it, `#writing` is on the disk when
 * its promise resolves.
 */
export class SqliteStore implements Store, Jobs {
  readonly #db: Database
  readonly #committer: Committer
  readonly #listeners = new Set<(newest: number) => void>()
  readonly #onCommit: () => void
  readonly #unlock: () => void
  #told: number

  constructor(db: Database, unlock: () => void, onCommit: () => void) {
    this.#db = db
    this.#unlock = unlock
    this.#onCommit = onCommit
    this.#committer = new Committer(db, () => this.#tell())
    this.#told = newestEvent(db)
  }

  readonly createProject = this.#writing(createProject)
  readonly projects = this.#reading(projects)
  readonly project = this.#reading(project)

  readonly putTasks = this.#writing(putTasks)
  readonly tasks = this.#reading(tasks)
  readonly task = this.#reading(task)
  readonly taskSizes = this.#reading(taskSizes)
  readonly tasksWithoutImage = this.#reading(tasksWithoutImage)
  readonly tasksOfUnknownImage = this.#reading(tasksOfUnknownImage)

  readonly noteImage = this.#writing(noteImage)
  readonly images = this.#reading(images)
  readonly projectsWith = this.#reading(projectsWith)
  readonly forgetImage = this.#writing(forgetImage)
  readonly touchImages = this.#writing(touchImages)
  readonly imageUse = this.#reading(imageUse)
  readonly leastUsedImages = this.#reading(leastUsedImages)
  readonly markBroken = this.#writing(markBroken)

  readonly putLabels = this.#writing(putLabels)
  readonly labels = this.#reading(labels)
  readonly labelMasks = this.#reading(labelMasks)
  readonly budget = this.#reading(budget)

  readonly roundInputs = this.#reading(roundInputs)
  readonly startRound = this.#writing(startRound)
  readonly snapshot = this.#reading(snapshot)
  readonly labelledImages = this.#reading(labelledImages)
  readonly progressRound = this.#writing(progressRound)
  readonly endRound = this.#writing(endRound)
  readonly rounds = this.#reading(rounds)
  readonly round = this.#reading(round)
  readonly activeRounds = this.#reading(activeRounds)

  readonly stageScores = this.#writing(stageScores)
  readonly stageMaps = this.#writing(stageMaps)
  readonly stageQueue = this.#writing(stageQueue)
  readonly publish = this.#writing(publish)
  readonly queue = this.#reading(queue)
  readonly queueRows = this.#reading(queueRows)
  readonly queues = this.#reading(queues)
  readonly unqueuedTasks = this.#reading(unqueuedTasks)
  readonly addReceipt = this.#writing(addReceipt)
  readonly receipts = this.#reading(receipts)

  readonly mapOf = this.#reading(mapOf)
  readonly putMaps = this.#writing(putMaps)
  readonly models = this.#reading(models)

  readonly events = this.#reading(events)
  readonly eventRange = this.#reading(eventRange)
  readonly wantImages = this.#writing(wantImages)
  readonly raiseProblem = this.#writing(raiseProblem)
  readonly clearProblem = this.#writing(clearProblem)
  readonly problems = this.#reading(problems)
  readonly recall = this.#reading(recall)
  readonly remember = this.#writing(remember)
  readonly check = this.#reading(check)

  // Jobs
  readonly submit = this.#writing(submitJobs)
  readonly claim = this.#writing(claimJob)
  readonly renew = this.#writing(renewJob)
  readonly finish = this.#writing(finishJob)
  readonly fail = this.#writing(failJob)
  readonly release = this.#writing(releaseJob)
  readonly cancel = this.#writing(cancelJobs)
  readonly list = this.#reading(listJobs)
  readonly outcomes = this.#reading(jobOutcomes)

  /** A part of the pool, so that nobody is held up by a large one. */
  readonly poolSlice = this.#reading(poolSlice)

  async changeProject(...change: Parameters<Store['changeProject']>): Promise<void> {
    await this.#committer.write(() => changeProject(this.#db, ...change))
    await this.judge()
  }

  /** Goes on with what a change of settings has begun. */
  async judge(): Promise<void> {
    const isDue = await this.#committer.read(() => hasJudgings(this.#db))
    if (isDue) await this.#sweep(createJudge())
  }

  pool(name: string, round: number): Promise<readonly PoolImage[]> {
    return poolOf(this, name, round)
  }

  onEvents(listener: (newest: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  forgetEvents(before: number): Promise<void> {
    return this.#sweep((db) => forgetSomeEvents(db, before, deletedAtOnce) > 0)
  }

  forgetReplies(before: number): Promise<void> {
    return this.#sweep((db) => forgetSomeReplies(db, before, deletedAtOnce) > 0)
  }

  async retain(at: number) {
    await this.#committer.write(() => markRetained(this.#db, at))
    for (const sweep of createSweeps(at)) await this.#sweep(sweep)
    return this.#committer.read(() => referredBlobs(this.#db))
  }

  async backup(path: string): Promise<void> {
    await this.#committer.settled()
    await backup(this.#db.path, path)
  }

  async close(): Promise<void> {
    await this.#committer.settled()
    try {
      this.#db.closeWhole()
    } finally {
      this.#unlock()
    }
  }

  /** One transaction per slice: others get in between. */
  async #sweep(sweep: Sweep): Promise<void> {
    while (await this.#committer.write(() => sweep(this.#db)));
  }

  #reading<Args extends unknown[], Result>(work: (db: Database, ...args: Args) => Result) {
    return (...args: Args) => this.#committer.read(() => work(this.#db, ...args))
  }

  #writing<Args extends unknown[], Result>(work: (db: Database, ...args: Args) => Result) {
    return (...args: Args) => this.#committer.write(() => work(this.#db, ...args))
  }

  #tell() {
    this.#onCommit()
    const newest = newestEvent(this.#db)
    if (newest === this.#told) return
    this.#told = newest
    for (const listener of this.#listeners) listener(newest)
  }
}

/** The whole pool in slices. */
export async function poolOf(
  store: Pick<SqliteStore, 'poolSlice'>,
  name: string,
  round: number,
): Promise<readonly PoolImage[]> {
  const pool: PoolImage[] = []
  for (;;) {
    const slice = await store.poolSlice(name, round, pool.at(-1)?.imageDigest ?? '', poolAtOnce)
    pool.push(...slice)
    if (slice.length < poolAtOnce) return pool
  }
}
