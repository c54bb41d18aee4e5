import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, createClient } from '@suggestive/plugin-cvat/client'
import { zipSync } from 'fflate'
import { openWire, recorded, type Wire } from '../support/cvat-wire.ts'
import { problemOf } from '../support/problems.ts'

const never = new AbortController().signal
const png = Buffer.from('89504e470d0a1a0a0102', 'hex')

let wire: Wire
let client: Client
beforeEach(async () => {
  wire = await openWire()
  const pause = async () => undefined
  client = createClient({ address: wire.address, credentials: { token: 'tkn-1' }, pause })
})
afterEach(() => wire.close())

/** Stored, as CVAT does, in another order than that of the names. */
const zipOf = (...names: readonly string[]) =>
  zipSync(Object.fromEntries(names.map((name) => [name, [Buffer.from(name), { level: 0 }]])))

describe('a frame', () => {
  it('is asked for in its original quality, as recorded', async () => {
    wire.answer = () => ({ type: recorded('frame_original').type, body: png })
    expect([...(await client.frame(1, 0, never))]).toEqual([...png])
    const { path, query } = wire.asked[0] ?? {}
    expect(`${path}?${new URLSearchParams(query)}`).toBe(recorded('frame_original').path)
  })

  it.each([[400], [404], [410]])('that is not there any more is unreadable: %d', async (status) => {
    wire.answer = () => ({ status, body: { detail: 'Requested frame does not exist.' } })
    const sentence = await problemOf('unreadable-input', () => client.frame(1, 9, never))
    expect(sentence).toContain('no frame 9 of task 1')
    expect(sentence).toContain('Requested frame does not exist.')
  })

  it('of a server in trouble is not unreadable, but to be tried later', async () => {
    wire.answer = () => ({ status: 500, type: 'text/plain', body: 'Server Error' })
    await problemOf('tool-failed', () => client.frame(1, 9, never))
    wire.answer = () => ({ status: 403, body: { detail: 'No.' } })
    await problemOf('forbidden', () => client.frame(1, 9, never))
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'image/png'],
    ['a text', Buffer.from('{}'), 'application/vnd.cvat+json'],
    ['a text', Buffer.from('<html>'), 'text/html'],
  ])('is no image where there comes %s', async (what, body, type) => {
    wire.answer = () => ({ body, type })
    const sentence = await problemOf('unreadable-input', () => client.frame(1, 9, never))
    expect(sentence).toContain(`CVAT sends ${what} instead of the frame 9 of task 1`)
  })
})

describe('a chunk', () => {
  it('is asked for as recorded, and has its frames in the order of their names', async () => {
    const type = recorded('chunk_original').type
    wire.answer = () => ({ type, body: zipOf('000002.png', '000000.png', '000001.jpg') })
    const frames = await client.chunk(1, 0, never)
    expect(frames.map((bytes) => Buffer.from(bytes).toString())).toEqual([
      ...['000000.png', '000001.jpg', '000002.png'],
    ])
    const { path, query } = wire.asked[0] ?? {}
    expect(`${path}?${new URLSearchParams(query)}`).toBe(recorded('chunk_original').path)
  })

  it('may be deflated', async () => {
    wire.answer = () => ({ body: zipSync({ '000000.bmp': Buffer.alloc(5000, 'a') }) })
    const [frame] = await client.chunk(1, 0, never)
    expect(frame?.length).toBe(5000)
  })

  it.each([
    ['no ZIP file', png],
    ['broken off', zipOf('000000.png', '000001.png').subarray(0, 100)],
  ])('is unreadable when it is %s', async (_, body) => {
    wire.answer = () => ({ type: 'application/zip', body })
    const sentence = await problemOf('unreadable-input', () => client.chunk(1, 2, never))
    expect(sentence).toContain('The chunk 2 of task 1 is no ZIP file that can be read')
  })

  it('that would unpack to gigabytes is refused before it is unpacked', async () => {
    const body = Buffer.from(zipSync({ '000000.bmp': Buffer.alloc(1000, 'a') }))
    // The size in the central directory, where the unpacked bytes are announced.
    const entry = body.indexOf(Buffer.from('504b0102', 'hex'))
    body.writeUInt32LE(3_000_000_000, entry + 24)
    wire.answer = () => ({ type: 'application/zip', body })
    const sentence = await problemOf('too-large', () => client.chunk(1, 2, never))
    expect(sentence).toContain('chunk 2 of task 1')
  })

  it('that does not exist is unreadable', async () => {
    wire.answer = () => ({ status: 404, body: { detail: 'Not found.' } })
    await problemOf('unreadable-input', () => client.chunk(1, 2, never))
  })
})
