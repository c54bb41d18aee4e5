import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWorkshop } from '@suggestive/sidecar/workshop/workshop'
import { MemoryBlobs } from '../fakes/memory-blobs.ts'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { workshopContract } from './workshop.ts'

workshopContract('the workshop itself', async () => {
  const blobs = new MemoryBlobs()
  const checkpoints = mkdtempSync(join(tmpdir(), 'suggestive-test-'))
  const workshop = createWorkshop({ engine: createPixelEngine(), blobs, checkpoints })
  return {
    workshop,
    blobs,
    async close() {
      await workshop.close()
      rmSync(checkpoints, { recursive: true })
    },
  }
})
