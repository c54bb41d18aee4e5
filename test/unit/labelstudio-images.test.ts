import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { nameOf } from '@suggestive/plugin-labelstudio/image-address'
import { foreignOrigin } from '@suggestive/plugin-labelstudio/images'
import type { LabelStudioOptions } from '@suggestive/plugin-labelstudio/tool'
import { type Bench, never, openBench } from '../support/label-studio.ts'
import { problemOf } from '../support/problems.ts'

const bytes = Buffer.from('the bytes of an image')

let bench: Bench
let other: Server
let origin: string
/** Credentials that the other server was sent. */
let credentials: (string | undefined)[]
beforeEach(async () => {
  bench = await openBench(1)
  credentials = []
  other = createServer((request, response) => {
    credentials.push(request.headers.authorization)
    response.end(bytes)
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const at = other.address()
  origin = typeof at === 'object' ? `http://127.0.0.1:${at?.port}` : ''
})
afterEach(async () => {
  other.closeAllConnections()
  await new Promise((resolve) => other.close(resolve))
  await bench.close()
})

/** The image of a task with this address. */
function read(image: unknown, options: Partial<LabelStudioOptions> = {}) {
  const { id } = bench.fake.state.addTask(bench.project, { image })
  return bench.tool({ attempts: 1, ...options }).image(String(id), never)
}

describe('the image of a task', () => {
  it.each([
    ['/data/upload/1/0123abcd-cell 1.png', 'cell 1.png'],
    ['/data/local-files/?d=set/a%20b.png', 'a b.png'],
  ])('comes from Label Studio with credentials: %s', async (image, name) => {
    const { files } = bench.fake.state
    files.set('/data/upload/1/0123abcd-cell%201.png', bytes)
    files.set('/data/local-files/?d=set/a b.png', bytes)
    expect(await read(image)).toEqual({ name, bytes })
    expect(await read(`${bench.fake.address}${image}`)).toEqual({ name, bytes })
    const publicAddress = 'https://labels.example.com'
    expect(await read(`${publicAddress}${image}`, { publicAddress })).toEqual({ name, bytes })
  })

  it('may stand in the task itself', async () => {
    const inline = `data:image/png;base64,${bytes.toString('base64')}`
    const { name, bytes: got } = await read(inline)
    expect(Buffer.from(got).equals(bytes)).toBe(true)
    expect(name).toMatch(/^task-\d+$/)
    await problemOf('too-large', () => read(inline, { mostImageBytes: 4 }))
  })

  it('comes from a storage through Label Studio', async () => {
    bench.fake.state.files.set('s3://bucket/set/a.png', bytes)
    expect(await read('s3://bucket/set/a.png')).toEqual({ name: 'a.png', bytes })
    expect(await problemOf('unreadable-input', () => read('s3://other/a.png'))).toContain(
      's3://other',
    )
  })

  it('behind a storage on another origin must be allowed, and gets no credentials', async () => {
    bench.fake.redirects.set('s3://bucket/b.png', `${origin}/b.png?X-Amz-Signature=0123`)
    const sentence = await problemOf('forbidden', () => read('s3://bucket/b.png'))
    expect(sentence).toContain(origin)
    expect(sentence).not.toContain('0123')
    expect(await read('s3://bucket/b.png', { imageOrigins: [origin] })).toEqual({
      name: 'b.png',
      bytes,
    })
    expect(credentials).toEqual([undefined])
  })

  it('on another origin is fetched only when it is allowed, and without credentials', async () => {
    expect(await problemOf('forbidden', () => read(`${origin}/c.png`))).toContain(
      `--image-origins ${origin}`,
    )
    expect(credentials).toEqual([])
    expect(await read(`${origin}/c.png`, { imageOrigins: [origin] })).toEqual({
      name: 'c.png',
      bytes,
    })
    expect(credentials).toEqual([undefined])
  })

  it.each([
    ['an upload that is gone', '/data/upload/1/0123abcd-gone.png'],
    ['a local file that is gone', '/data/local-files/?d=gone.png'],
    ['another scheme', 'file:///etc/passwd'],
    ['a relative address', 'images/1.png'],
    ['an address of another host without a scheme', '//169.254.169.254/latest'],
    ['nothing', ''],
    ['no text', 7],
    ['an empty data address', 'data:image/png;base64,'],
    ['a page of Label Studio', '/user/login'],
  ])('that is %s is told', async (_, image) => {
    expect(await problemOf('unreadable-input', () => read(image))).toMatch(/task \d+/)
  })

  it('of a task that is gone, or of none, is told', async () => {
    for (const key of ['99999', 'x']) {
      await problemOf('unreadable-input', () => bench.tool().image(key, never))
    }
  })

  it('is not read beyond the limit', async () => {
    bench.fake.state.files.set('/data/upload/1/0123abcd-large.png', Buffer.alloc(100_000))
    await problemOf('too-large', () =>
      read('/data/upload/1/0123abcd-large.png', { mostImageBytes: 5000 }),
    )
  })

  it('that cannot be read now is no broken image', async () => {
    bench.fake.fault = ({ path }) =>
      path.startsWith('/data') ? { kind: 'status', status: 503 } : undefined
    await problemOf('tool-failed', () => read('/data/upload/1/0123abcd-a.png'))
  })

  it('needs one request when the tasks were listed', async () => {
    const { id } = bench.fake.state.addTask(bench.project, {
      image: '/data/upload/1/0123abcd-a.png',
    })
    bench.fake.state.files.set('/data/upload/1/0123abcd-a.png', bytes)
    const tool = bench.tool()
    for await (const _ of tool.tasks(never));
    bench.asked()
    await tool.image(String(id), never)
    expect(bench.asked()).toEqual(['GET /data/upload/1/0123abcd-a.png'])
  })
})

describe('names and origins', () => {
  it.each([
    ['/data/upload/1/54bca653-img3.png', 'img3.png'],
    ['/data/local-files/?d=a/b/img.tif', 'img.tif'],
    ['s3://bucket/a/img%20x.png', 'img x.png'],
    ['https://host/a/b.png?token=1', 'b.png'],
    ['https://host/', 'task-5'],
    ['data:image/png;base64,AA', 'task-5'],
  ])('%s is %s', (value, name) => {
    expect(nameOf(value, '5')).toBe(name)
  })

  it('tells which origins would have to be allowed', () => {
    const tool = { address: 'http://ls:8080/labels', publicAddress: 'https://labels.example.com' }
    expect(foreignOrigin('https://images.example.com/1.png', tool)).toBe(
      'https://images.example.com',
    )
    for (const own of [
      'http://ls:8080/labels/data/upload/1',
      'https://labels.example.com/x',
      's3://b/c',
      5,
    ]) {
      expect(foreignOrigin(own, tool)).toBeUndefined()
    }
  })
})
