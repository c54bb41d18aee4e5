/** Worker thread with the real workshop over the pixel engine. */
import { workerData } from 'node:worker_threads'
import { shareBlobs } from '@suggestive/sidecar/store/disk-blobs'
import { serve } from '@suggestive/sidecar/thread/serve'
import { createWorkshop } from '@suggestive/sidecar/workshop/workshop'
import { createPixelEngine } from './pixel-engine.ts'

const { blobs, checkpoints } = workerData

await serve(() =>
  createWorkshop({ engine: createPixelEngine(), blobs: shareBlobs(blobs), checkpoints }),
)
