/** The server as people run it: a round with real networks, a crash in the middle, backup, restore, stop. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { pageOf } from '@suggestive/shared/protocol'
import { labelsReply } from '@suggestive/shared/protocol/label'
import { model, rollbackReply } from '@suggestive/shared/protocol/model'
import { project } from '@suggestive/shared/protocol/project'
import { queuePage } from '@suggestive/shared/protocol/queue'
import { round } from '@suggestive/shared/protocol/round'
import { suggestion } from '@suggestive/shared/protocol/suggestion'
import { tasksReply } from '@suggestive/shared/protocol/task'
import sharp from 'sharp'
import {
  type Listening,
  listenTo,
  type Served,
  sendImages,
  serve,
  specimens,
} from '../support/serve.ts'
import { bin, childrenOf } from '../support/suggest.ts'

jest.setTimeout(1_800_000)

const count = 24
const here = '/v1/projects/tissue'
const images = specimens(count, 64)
const taskName = `<script>alert(1)</script>`

let folder: string
let server: Served
let listening: Listening
let digests: string[]

const suggest = async (...words: string[]) => {
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...words])
  return stdout
}

const labelOf = (index: number) => ({
  taskKey: `t${index}`,
  externalId: `a${index}`,
  version: 1,
  annotator: 'anna',
  seconds: 30,
  outcome: 'labelled',
  mask: images[index]?.mask,
})

const readQueue = (from = server) => from.ask(queuePage, 'GET', `${here}/queue`)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'suggestive-serve-'))
  server = await serve(join(folder, 'data'))
  listening = listenTo(server.address)
})
afterAll(async () => {
  listening.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

// Each test goes on where the one before it ended: a round takes minutes.
describe('suggest serve', () => {
  it('says on its page what to do first', async () => {
    const { status, text } = await server.send('GET', '/')
    expect([status, text.includes('No project yet')]).toEqual([200, true])
    expect(text).toContain(`curl ${server.address}/v1/projects`)
  })

  it('takes a project, its images and its tasks, and publishes a cold-start queue', async () => {
    await server.ask(project, 'POST', '/v1/projects', {
      id: 'tissue',
      name: 'Tissue',
      tool: 'none',
      classes: [{ id: 1, name: 'object' }],
      settings: { profile: 'quick', k: 4, candidates: 8, depth: 2 },
    })
    digests = await sendImages(server, images)
    const tasks = digests.map((imageDigest, index) => ({
      taskKey: `t${index}`,
      name: index === 0 ? taskName : `specimen ${index}`,
      imageDigest,
    }))
    const reply = await server.ask(tasksReply, 'POST', `${here}/tasks`, { tasks })
    expect(reply).toEqual({ added: count, changed: 0, unchanged: 0, missingImages: [] })
    await listening.until(({ type }) => type === 'queue.published', 'cold start')
    const { queue, items } = await readQueue()
    expect(queue).toMatchObject({ revision: 1, origin: 'cold-start', length: count })
    expect(new Set(items.map(({ taskKey }) => taskKey)).size).toBe(count)
  })

  it('shows the project, with every text escaped', async () => {
    const { text } = await server.send('GET', '/')
    expect(text).toContain('>Tissue</h2>')
    expect(text).toContain('Annotate next')
    expect(text).not.toContain('<script>alert')
  })

  it('trains after labels, and after kill -9 goes on where it was', async () => {
    const labels = Array.from({ length: 6 }, (_, index) => labelOf(index))
    const taken = await server.ask(labelsReply, 'POST', `${here}/annotations`, { labels })
    expect(taken).toEqual({ accepted: 6, repeated: 0 })
    await listening.until(
      (event) =>
        event.type === 'round.progress' &&
        (event.data.member ?? 0) >= 1 &&
        (event.data.iteration ?? 0) > 20,
      'progress of the second network',
      900_000,
    )
    const killed = server.sidecar()
    const engines = childrenOf(killed)
    expect(engines).toHaveLength(1)
    process.kill(killed, 'SIGKILL')
    // It may answer once more on its way out.
    while (isAlive(killed)) await new Promise((resolve) => setTimeout(resolve, 20))
    while (!isAnswering(await server.send('GET', '/readyz').catch(() => undefined)))
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(server.sidecar()).not.toBe(killed)
    expect(engines.filter(isAlive)).toEqual([])
    expect(server.said()).toMatch(
      /The sidecar ended unexpectedly \(SIGKILL\); it starts again in 1 s/,
    )
    const finished = await listening.until(
      ({ type }) => type === 'round.finished',
      'end of the round',
      1_700_000,
    )
    expect(finished).toMatchObject({ data: { round: 1, state: 'finished' } })
    const view = await server.ask(round, 'GET', `${here}/rounds/1`)
    expect(view).toMatchObject({
      membersTrained: 4,
      images: 6,
      scored: count - 6,
      profile: 'quick',
    })
  })

  it('publishes the order with maps that decode', async () => {
    const { queue, items } = await readQueue()
    expect(queue).toMatchObject({ origin: 'round', length: count - 6, published: 8 })
    const labelled = new Set(Array.from({ length: 6 }, (_, index) => `t${index}`))
    expect(items.some(({ taskKey }) => labelled.has(taskKey))).toBe(false)
    const [first] = items
    const seen = await server.ask(suggestion, 'GET', `${here}/tasks/${first?.taskKey}/suggestion`)
    expect(seen).toMatchObject({ round: 1, mask: { width: 64, height: 64 } })
    const { maps } = seen
    for (const address of [
      maps.mask,
      maps.uncertainty,
      ...maps.probability.map((one) => one.address),
    ]) {
      const { width, height } = await sharp(await server.bytes(address)).metadata()
      expect([width, height]).toEqual([64, 64])
    }
  })

  it('goes back to a model that it has, and to no other', async () => {
    const { queue } = await readQueue()
    const { items } = await server.ask(pageOf(model), 'GET', `${here}/models`)
    const [only] = items
    const back = await server.ask(rollbackReply, 'POST', `${here}/models/${only?.digest}/rollback`)
    expect(back).toEqual({ modelDigest: only?.digest, queueRevision: queue.revision + 1 })
    const unknown = await server.send('POST', `${here}/models/${'0'.repeat(64)}/rollback`)
    expect(unknown.status).toBe(404)
  })

  it('is refused a second time on the same data folder', async () => {
    await expect(suggest('serve', '--data', server.data, '--port', '0')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Another sidecar already works with this data folder/),
    })
    await expect(suggest('restore', server.data, '--data', server.data)).rejects.toThrow()
  })

  it('is copied while it runs, and the copy serves the same queue', async () => {
    const copy = join(folder, 'backup')
    await suggest('backup', copy, '--data', server.data)
    const other = join(folder, 'other')
    await suggest('restore', copy, '--data', other)
    const restored = await serve(other)
    try {
      expect(await readQueue(restored)).toEqual(await readQueue())
      const { items } = await readQueue()
      const path = `${here}/tasks/${items[0]?.taskKey}/suggestion`
      expect(await restored.ask(suggestion, 'GET', path)).toEqual(
        await server.ask(suggestion, 'GET', path),
      )
    } finally {
      await restored.stop()
    }
    expect(await suggest('restore', copy, '--data', other)).toMatch(
      /What was there is kept in .*replaced-1/,
    )
  })

  it('stops within ten seconds and leaves no process behind', async () => {
    const sidecar = server.sidecar()
    const family = [sidecar, ...childrenOf(sidecar)]
    const { code, seconds } = await server.stop()
    expect(code).toBe(0)
    expect(seconds).toBeLessThan(10)
    expect(family.filter(isAlive)).toEqual([])
    expect(existsSync(join(server.data, 'running.json'))).toBe(false)
  })
})

function isAnswering(reply: { readonly status: number } | undefined): boolean {
  return reply?.status === 200
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
