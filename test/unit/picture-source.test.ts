import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { openPicture } from '@suggestive/sidecar/workshop/picture-source'
import { MemoryBlobs } from '../fakes/memory-blobs.ts'

describe('a stored image', () => {
  it('that is damaged counts as missing, and its file is removed so that it can be sent again', async () => {
    const blobs = new MemoryBlobs(() => 0)
    const { digest } = await blobs.put('image', new TextEncoder().encode('an image'))
    blobs.get = async () => {
      throw new Problem('corrupt-blob', 'The file is damaged.')
    }
    const opened = await openPicture(blobs, { digest, name: 'cell.png' })
    expect(opened).toMatchObject({ leftOut: { imageDigest: digest, reason: 'missing' } })
    expect(await blobs.facts('image', digest)).toBeUndefined()
  })
})
