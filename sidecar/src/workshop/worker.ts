/** The work thread: pixels, masks, PNG and selection never hold up the thread that answers requests. */
import { workerData } from 'node:worker_threads'
import { z } from 'zod'
import { RemoteEngine } from '../engine/remote.ts'
import { shareBlobs } from '../store/disk-blobs.ts'
import { serve } from '../thread/serve.ts'
import { createWorkshop } from './workshop.ts'

const given = z
  .strictObject({
    engine: z.enum(['onnx', 'tensorflow']),
    threads: z.int().min(1),
    /** Folders. */
    blobs: z.string(),
    checkpoints: z.string(),
    /** Node's own options for the engine's process: those of this thread are others. */
    execArgv: z.array(z.string()),
  })
  .parse(workerData)

await serve(() => {
  const { engine, threads, blobs, checkpoints, execArgv } = given
  return createWorkshop({
    engine: new RemoteEngine({ engine, threads, execArgv }),
    blobs: shareBlobs(blobs),
    checkpoints,
  })
})
