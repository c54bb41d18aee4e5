import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobs } from '@suggestive/sidecar/store/disk-blobs'
import { openWorkshopThread } from '@suggestive/sidecar/workshop/thread'
import { workshopContract } from './workshop.ts'

workshopContract('the workshop in its thread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-test-'))
  const blobs = await openBlobs(join(folder, 'blobs'))
  const workshop = await openWorkshopThread({
    engine: 'onnx',
    threads: 1,
    blobs: join(folder, 'blobs'),
    checkpoints: join(folder, 'checkpoints'),
    worker: new URL('../fakes/pixel-workshop.ts', import.meta.url),
  })
  return {
    workshop,
    blobs,
    async close() {
      await workshop.close()
      rmSync(folder, { recursive: true })
    },
  }
})
