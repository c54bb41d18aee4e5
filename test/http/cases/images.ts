import { expect } from '@jest/globals'
import { encodeMask } from '@suggestive/sidecar/images'
import type { HttpHarness } from '../../support/http.ts'
import { digestOf } from '../../support/http-data.ts'
import { hollowPng, sha256 } from '../../support/png.ts'
import type { Cases } from './case.ts'

const role = 'service'
const bytes = { 'Content-Type': 'application/octet-stream' }
const path = (digest: string) => `/v1/images/${digest}`

/** A different image for each value. */
const makePng = (value: number) => encodeMask(4, 2, new Uint8Array(8).fill(value))

const put = (http: HttpHarness, digest: string, body: Buffer, more: object = {}) =>
  http.send({ method: 'put', path: path(digest), role, headers: { ...bytes, ...more }, body })

async function offsetOf(http: HttpHarness, digest: string): Promise<string | undefined> {
  const told = await http.send({ method: 'head', path: path(digest), role })
  return told.headers['upload-offset']
}

export const imageCases: Cases = {
  'stores an image once and knows it then': async (http) => {
    const png = await makePng(1)
    const digest = sha256(png)
    const missing = { method: 'post', path: '/v1/images/missing', role } as const
    const body = { digests: [digest, digestOf(1)] }
    expect((await http.send({ ...missing, body })).body.missing).toEqual(body.digests)
    const facts = { digest, bytes: png.length, width: 4, height: 2 }
    expect((await put(http, digest, png)).body).toEqual(facts)
    expect((await put(http, digest, png, { 'Content-Type': 'image/png' })).body).toEqual(facts)
    expect((await http.send({ ...missing, body })).body.missing).toEqual([digestOf(1)])
    const state = await http.send({ method: 'get', path: path(digest), role: 'viewer' })
    expect(state.body).toEqual({ digest, offset: png.length, complete: true })
    expect(await http.deps.blobs.get('image', digest)).toEqual(new Uint8Array(png))
  },
  'shows the file to people': async (http) => {
    const png = await makePng(11)
    const digest = sha256(png)
    const get = (reader: string) =>
      http.send({ method: 'get', path: `${path(digest)}/bytes`, role: reader })
    expect((await get('viewer')).status).toBe(404)
    await put(http, digest, png)
    const shown = await get('annotator')
    expect([shown.status, shown.headers['content-length']]).toEqual([200, String(png.length)])
    expect(shown.body).toEqual(png)
    expect(shown.headers['cache-control']).toContain('immutable')
    expect((await get('service')).status).toBe(403)
  },
  'goes on where an upload was interrupted': async (http) => {
    const png = await makePng(2)
    const digest = sha256(png)
    const total = png.length
    const part = (from: number, to: number) =>
      put(http, digest, png.subarray(from, to), {
        'Content-Range': `bytes ${from}-${to - 1}/${total}`,
      })
    expect(await offsetOf(http, digest)).toBe('0')
    const first = await part(0, 20)
    expect([first.status, first.body]).toEqual([202, { digest, offset: 20, complete: false }])
    expect(await offsetOf(http, digest)).toBe('20')
    const gap = await part(30, total)
    expect([gap.status, gap.body.detail]).toEqual([409, expect.stringContaining('20 bytes')])
    expect((await part(20, 50)).headers['upload-offset']).toBe('50')
    const last = await part(50, total)
    expect([last.status, last.body.digest]).toEqual([201, digest])
    expect(await offsetOf(http, digest)).toBe(String(total))
  },
  'removes what has another digest': async (http) => {
    const digest = digestOf(99)
    const refused = await put(http, digest, await makePng(3))
    expect(refused.status).toBe(422)
    expect(await offsetOf(http, digest)).toBe('0')
    expect(await http.deps.blobs.facts('image', digest)).toBeUndefined()
  },
  'removes what is no image': async (http) => {
    for (const text of ['', 'GIF89a', '<svg xmlns="http://www.w3.org/2000/svg"/>']) {
      const body = Buffer.from(text)
      const digest = sha256(body)
      const refused = await put(http, digest, body)
      expect([text, refused.status, refused.body.type]).toEqual([
        text,
        422,
        expect.stringContaining('unreadable-input'),
      ])
      expect(await offsetOf(http, digest)).toBe('0')
      expect(await http.deps.blobs.facts('image', digest)).toBeUndefined()
    }
  },
  'refuses a decompression bomb by its header': async (http) => {
    const bomb = hollowPng(30_000, 30_000)
    expect(bomb.length).toBeLessThan(200)
    const refused = await put(http, sha256(bomb), bomb)
    expect(refused.status).toBe(422)
    expect(refused.body.detail).toContain('30000 x 30000')
    expect(await http.deps.blobs.facts('image', sha256(bomb))).toBeUndefined()
  },
  'refuses more bytes than are possible': async (http) => {
    const large = Buffer.alloc(3000, 1)
    const whole = await put(http, sha256(large), large)
    expect(whole.status).toBe(413)
    const range = { 'Content-Range': 'bytes 0-9/3000' }
    expect((await put(http, sha256(large), large.subarray(0, 10), range)).status).toBe(413)
    expect(await offsetOf(http, sha256(large))).toBe('0')
  },
  'refuses ranges that make no sense': async (http) => {
    const png = await makePng(4)
    for (const range of ['bytes 5-2/9', 'bytes 0-9/9', 'bytes */9', 'lines 0-1/9']) {
      const refused = await put(http, sha256(png), png, { 'Content-Range': range })
      expect([range, refused.status]).toEqual([range, 400])
    }
    const longer = await put(http, sha256(png), png, { 'Content-Range': 'bytes 0-9/99' })
    expect([longer.status, longer.body.detail]).toEqual([400, expect.stringContaining('longer')])
  },
  'takes each file of a form by itself': async (http) => {
    const good = await makePng(5)
    const other = await makePng(6)
    const bomb = hollowPng(30_000, 30_000)
    const large = Buffer.alloc(3000, 1)
    const reply = await http.form('/v1/images', role, [
      ['good.png', good],
      ['notes.txt', Buffer.from('hello')],
      ['bomb.png', bomb],
      ['large.png', large],
      ['other.png', other],
    ])
    expect(reply.body.stored).toEqual([
      { name: 'good.png', digest: sha256(good), bytes: good.length, width: 4, height: 2 },
      { name: 'other.png', digest: sha256(other), bytes: other.length, width: 4, height: 2 },
    ])
    const names = reply.body.refused.map((one: { name: string }) => one.name)
    expect(names).toEqual(['notes.txt', 'bomb.png', 'large.png'])
    expect(await http.deps.blobs.get('image', sha256(other))).toEqual(new Uint8Array(other))
    expect(await http.deps.blobs.facts('image', sha256(bomb))).toBeUndefined()
  },
  'refuses a form without a boundary or an end': async (http) => {
    const sent = { method: 'post', path: '/v1/images', role } as const
    const headers = { 'Content-Type': 'multipart/form-data' }
    expect((await http.send({ ...sent, headers, body: 'x' })).status).toBe(400)
    const open = { 'Content-Type': 'multipart/form-data; boundary=b' }
    const body = '--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\nabc'
    expect((await http.send({ ...sent, headers: open, body })).status).toBe(400)
  },
}
