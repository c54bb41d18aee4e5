import { MemoryBlobs } from '../fakes/memory-blobs.ts'
import { blobsContract } from './blobs.ts'

blobsContract('memory', async () => new MemoryBlobs())
