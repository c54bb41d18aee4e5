/** The store in a thread of its own, so that nobody else waits for the disk. */
import type { Problem } from '@suggestive/shared/problem'
import type { Jobs } from '../ports/jobs.ts'
import type { Store } from '../ports/store.ts'
import { callThread, type Thread, workerBeside } from '../thread/call.ts'
import { committed, createKnownProjects } from './known-projects.ts'
import { poolOf, type SqliteStore } from './sqlite-store.ts'

export interface StoreThread {
  readonly store: Store
  readonly jobs: Jobs
  close(): Promise<void>
  /** Ends the thread at once (for tests of its death). */
  kill(): Promise<void>
}

export interface StoreThreadOptions {
  /** Called when a thread of the store died: nothing is lost, and the store has to be opened again. */
  readonly onExit?: (problem: Problem) => void
  /** Called with a sentence when the log cannot be moved into the database; it is tried again. */
  readonly onTrouble?: (sentence: string) => void
}

/** @throws as `openStore` */
export async function openStoreThread(
  path: string,
  { onExit = () => {}, onTrouble = () => {} }: StoreThreadOptions = {},
): Promise<StoreThread> {
  const listeners = new Set<(newest: number) => void>()
  const common = {
    failure: 'storage-failed',
    remedy: 'everything that was answered is stored; start the sidecar again',
    data: { path },
    onExit,
  } as const
  // First: the thread may commit before it is ready.
  const known = createKnownProjects((id) => main.port.project(id))
  const main: Thread<SqliteStore> = await callThread<SqliteStore>(
    workerBeside(import.meta.url, 'worker'),
    {
      ...common,
      name: 'the database',
      onNotice: (newest) => {
        if (newest === committed) return known.forget()
        for (const listener of listeners) listener(Number(newest))
      },
    },
  )
  const checkpointer = await callThread<object>(workerBeside(import.meta.url, 'checkpointer'), {
    ...common,
    name: "the database's log",
    onNotice: (sentence) => onTrouble(String(sentence)),
  })
  /** The store last: it leaves one file, which needs the other connection to be closed. */
  const close = async () => {
    await checkpointer.close()
    await main.close()
  }
  const kill = async () => {
    await Promise.all([main.kill(), checkpointer.kill()])
  }
  const own = {
    onEvents(listener: (newest: number) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** In slices: a large pool in one message would hold up this thread. */
    project: known.project,
    pool: (project: string, round: number) => poolOf(main.port, project, round),
    close,
  }
  const store: Store = Object.assign(Object.create(main.port), own)
  return { store, jobs: main.port, close, kill }
}
