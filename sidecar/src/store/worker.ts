/** The store's thread: all SQL and every wait for the disk happen in here. Started by `thread.ts`. */
import { workerData } from 'node:worker_threads'
import { z } from 'zod'
import { serve } from '../thread/serve.ts'
import { committed } from './known-projects.ts'
import { openStore } from './sqlite-store.ts'

/** 64 MB; the checkpointer has moved most of them by then. */
const logPages = 16_384
const { path } = z.object({ path: z.string() }).parse(workerData)

await serve(
  async (notify) => {
    const store = await openStore(path, { logPages, onCommit: () => notify(committed) })
    store.onEvents(notify)
    return store
  },
  { moved: ['labelMasks'] },
)
