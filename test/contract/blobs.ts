/** What every implementation of the `Blobs` port must do; called with each. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { BlobKind, Blobs } from '@suggestive/sidecar/ports/blobs'
import { problemOf } from '../support/problems.ts'

export function blobsContract(name: string, open: () => Promise<Blobs>) {
  describe(`${name} as Blobs`, () => {
    let blobs: Blobs
    beforeAll(async () => {
      blobs = await open()
    })

    const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))
    const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

    async function* pieces(...texts: string[]) {
      for (const text of texts) yield bytesOf(text)
    }

    async function digests(kind: BlobKind) {
      const found: string[] = []
      for await (const { digest } of blobs.list(kind)) found.push(digest)
      return found
    }

    it('gives back what was put, by its digest, in its kind only', async () => {
      const facts = await blobs.put('image', bytesOf('one'))
      expect(facts).toMatchObject({ digest: digestOf('one'), bytes: 3 })
      const got = await blobs.get('image', digestOf('one'))
      expect([...(got ?? [])]).toEqual([...bytesOf('one')])
      expect(await blobs.facts('image', digestOf('one'))).toEqual(facts)
      expect(await blobs.get('map', digestOf('one'))).toBeUndefined()
    })

    it('takes streams, and empty content', async () => {
      const { digest, bytes } = await blobs.put('shard', pieces('ab', '', 'cd'), digestOf('abcd'))
      expect([digest, bytes]).toEqual([digestOf('abcd'), 4])
      expect(await blobs.put('shard', pieces())).toMatchObject({ bytes: 0, digest: digestOf('') })
      expect(await blobs.get('shard', digestOf(''))).toHaveLength(0)
    })

    it('stores equal bytes once, also when they come at the same time', async () => {
      const puts = Array.from({ length: 8 }, () => blobs.put('map', pieces('same', 'bytes')))
      const facts = await Promise.all(puts)
      expect(new Set(facts.map(({ digest }) => digest))).toEqual(new Set([digestOf('samebytes')]))
      expect(await digests('map')).toEqual([digestOf('samebytes')])
    })

    it('notes when equal bytes came last', async () => {
      const first = await blobs.put('shard', bytesOf('twice'))
      await new Promise((resolve) => setTimeout(resolve, 20))
      const second = await blobs.put('shard', bytesOf('twice'))
      expect(second.writtenAt).toBeGreaterThan(first.writtenAt)
      expect(await blobs.facts('shard', second.digest)).toEqual(second)
    })

    it('hands out a stream of what is there', async () => {
      const long = 'x'.repeat(600_000)
      const { digest } = await blobs.put('model', pieces(long))
      const got: Uint8Array[] = []
      for await (const piece of (await blobs.stream('model', digest)) ?? []) got.push(piece)
      expect(Buffer.concat(got).toString()).toBe(long)
      await blobs.remove('model', digest)
      expect(await blobs.stream('model', digest)).toBeUndefined()
      expect(await blobs.stream('model', '../x')).toBeUndefined()
    })

    it('refuses content with another digest than expected, and keeps nothing of it', async () => {
      const sentence = await problemOf('digest-mismatch', () =>
        blobs.put('model', bytesOf('other'), digestOf('expected')),
      )
      expect(sentence).toContain(digestOf('other'))
      expect(await digests('model')).toEqual([])
    })

    it('keeps nothing of a stream that breaks off, and passes its error on', async () => {
      async function* broken() {
        yield bytesOf('start')
        throw new Error('connection lost')
      }
      await expect(blobs.put('model', broken())).rejects.toThrow('connection lost')
      expect(await digests('model')).toEqual([])
    })

    it('does not keep the caller’s array', async () => {
      const mine = bytesOf('mine')
      const { digest } = await blobs.put('member', mine)
      mine.fill(0)
      const got = await blobs.get('member', digest)
      got?.fill(1)
      expect(Buffer.from((await blobs.get('member', digest)) ?? []).toString()).toBe('mine')
    })

    it('removes, lists, and knows nothing of the absent', async () => {
      const { digest } = await blobs.put('member', bytesOf('gone'))
      expect(await digests('member')).toContain(digest)
      await blobs.remove('member', digest)
      await blobs.remove('member', digest)
      expect(await blobs.get('member', digest)).toBeUndefined()
      expect(await blobs.facts('member', digest)).toBeUndefined()
      expect(await digests('member')).not.toContain(digest)
      for (const odd of ['', '../../etc/passwd', 'f'.repeat(63), 'F'.repeat(64)]) {
        expect(await blobs.get('member', odd)).toBeUndefined()
        await blobs.remove('member', odd)
      }
    })
  })
}
