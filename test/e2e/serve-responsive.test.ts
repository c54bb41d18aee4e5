/** The server's event loop while everything happens at once: a real training, bulk ingest, ranking, publication. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { labelsReply } from '@suggestive/shared/protocol/label'
import { project } from '@suggestive/shared/protocol/project'
import { queuePage } from '@suggestive/shared/protocol/queue'
import { round } from '@suggestive/shared/protocol/round'
import { tasksReply } from '@suggestive/shared/protocol/task'
import { listenTo, type Served, sendImages, serve } from '../support/serve.ts'
import { tinyImage, tinySize } from '../support/tiny-images.ts'

jest.setTimeout(1_800_000)

/** Seconds that the event loop may be held up. */
const most = 0.05
const count = 10_000
const published = 64

let folder: string
let server: Served

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'suggestive-responsive-'))
  server = await serve(join(folder, 'data'))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const create = (id: string) =>
  server.ask(project, 'POST', '/v1/projects', {
    id,
    name: id,
    tool: 'none',
    classes: [{ id: 1, name: 'object' }],
    settings: { profile: 'quick', idleMinutes: 1440, scoreMinutes: 60 },
  })

const sendTasks = (id: string, tasks: readonly object[]) =>
  server.ask(tasksReply, 'POST', `/v1/projects/${id}/tasks`, { tasks })

/** Largest delay since the last look, seconds, as the sidecar measures it. */
async function delay(): Promise<number> {
  const { text } = await server.send('GET', '/metrics')
  const found = /suggest_event_loop_delay_seconds\{quantile="1"\} (\S+)/.exec(text)?.[1]
  return Number(found ?? Number.NaN)
}

it('is never held up for more than 50 ms', async () => {
  const listening = listenTo(server.address)
  const delays: { readonly phase: string; readonly seconds: number }[] = []
  let phase = 'sending images'
  await delay()
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const before = phase
      delays.push({ phase: before, seconds: await delay() })
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  })()

  await create('large')
  const images = Array.from({ length: count }, (_, index) => tinyImage(index))
  const digests = await sendImages(server, images)
  phase = 'taking the tasks of the project'
  const tasks = digests.map((imageDigest, i) => ({ taskKey: `${i}`, name: `${i}`, imageDigest }))
  expect(await sendTasks('large', tasks)).toMatchObject({ added: count })
  const mask = {
    width: tinySize,
    height: tinySize,
    layers: [{ classId: 1, runs: [200, 300, tinySize * tinySize - 500] }],
  }
  const labels = Array.from({ length: 8 }, (_, i) => ({
    taskKey: `${i}`,
    externalId: `${i}`,
    version: 1,
    annotator: 'anna',
    seconds: 10,
    outcome: 'labelled',
    mask,
  }))
  const taken = await server.ask(labelsReply, 'POST', '/v1/projects/large/annotations', { labels })
  expect(taken.accepted).toBe(8)

  await listening.until((event) => event.type === 'round.progress', 'training', 600_000)
  phase = 'training, and 10,000 tasks arrive'
  await create('incoming')
  const incoming = Array.from({ length: count }, (_, i) => ({ taskKey: `${i}`, name: `new ${i}` }))
  expect(await sendTasks('incoming', incoming)).toMatchObject({ added: count })
  phase = 'training'
  await listening.until(
    (event) => event.type === 'round.progress' && event.data.state !== 'training',
    'scoring',
    1_500_000,
  )
  phase = 'scoring, ranking, publishing'
  const end = await listening.until(({ type }) => type === 'round.finished', 'the end', 1_500_000)
  expect(end).toMatchObject({ data: { state: 'finished' } })
  isOver = true
  await watching
  listening.close()

  const view = await server.ask(round, 'GET', '/v1/projects/large/rounds/1')
  expect(view).toMatchObject({ membersTrained: 4, scored: count - 8, pool: count - 8 })
  const { queue } = await server.ask(queuePage, 'GET', '/v1/projects/large/queue')
  expect(queue).toMatchObject({ origin: 'round', length: count - 8, published })
  const held = delays.filter(({ seconds }) => !(seconds <= most))
  const worst = Math.max(...delays.map(({ seconds }) => seconds))
  process.stderr.write(
    `event loop: at most ${(1000 * worst).toFixed(0)} ms in ${delays.length} looks\n`,
  )
  // The scheduler of a shared machine may hold up any process: one look in a hundred is forgiven, twice the bar is not.
  expect(held.length).toBeLessThanOrEqual(delays.length / 100)
  expect(worst).toBeLessThanOrEqual(2 * most)
})
