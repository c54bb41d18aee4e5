/** CVAT's own Python client and command line work with the fake, so the fake speaks as they expect. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { encodePng } from '../bench/png.ts'
import type { FakeUser } from '../fakes/cvat/model.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import {
  cvatCli,
  cvatScript,
  detector,
  installCvatClient,
  startAgent,
} from '../support/cvat-client.ts'
import { openFolder, type TestFolder } from '../support/folders.ts'

// Here and not in a hook: the first time on a machine it may take minutes.
installCvatClient((sentence) => process.stderr.write(`${sentence}\n`))

const width = 16
const height = 12
const names = ['c.png', 'a.png', 'b.png']

/** Bright in the left half from a row on that depends on the image. */
const bits = (image: number) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => Number(x < width / 2 && y > image)),
  )

const png = (image: number) =>
  encodePng(
    width,
    height,
    1,
    Uint8Array.from(bits(image).flat(), (bit) => 200 * bit),
  )

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe("CVAT's own client", () => {
  let fake: FakeCvat
  let folder: TestFolder
  let annotator: FakeUser
  const ask = async <Schema extends z.ZodType>(schema: Schema, command: string, wish = {}) => {
    const { username, password, personalToken: token } = fake.admin
    const at = { address: fake.address, username, password, token }
    return schema.parse(await cvatScript(command, { ...at, ...wish }))
  }
  beforeAll(async () => {
    fake = await openFakeCvat({ agents: true, queuedPolls: 1 })
    annotator = fake.addUser('anna')
    folder = openFolder()
    for (const [i, name] of names.entries()) writeFileSync(join(folder.path, name), png(i))
  })
  let stopAgent = async () => {}
  afterAll(async () => {
    await stopAgent()
    await fake.close()
    folder.remove()
  })

  it('signs in by password and by personal access token', async () => {
    const found = await ask(z.unknown(), 'sign_in')
    expect(found).toEqual({ version: '2.73.0', password: 'admin1', token: 'admin1' })
  })

  it('makes a project and a task, and reads back the very bytes', async () => {
    const found = await ask(z.unknown(), 'make_task', { folder: folder.path, names })
    expect(found).toEqual({
      project: 1,
      task: 1,
      size: 3,
      labels: ['gland'],
      names,
      frames: names.map((_, i) => sha256(png(i))),
      compressed: 'ffd8',
      chunk: names.map((_, i) => [`00000${i}.png`, true, sha256(png(i))]),
      preview: 'ffd8',
      jobs: [1, 2, 3],
      seen: 1,
    })
  })

  it('sends large files in pieces', async () => {
    const found = await ask(z.unknown(), 'resumable', { folder: folder.path, names })
    expect(found).toEqual({ names })
    expect(fake.count('PATCH', /^\/api\/tasks\/2\/data\//)).toBe(names.length)
  })

  it('makes tasks from the share, and hears of one that failed', async () => {
    for (const [i, name] of names.entries()) fake.share.set(`pool/${name}`, png(i))
    const wish = { project: 1, jobs: [['pool/b.png', 'pool/c.png'], ['pool/a.png']] }
    expect(await ask(z.unknown(), 'share', wish)).toEqual({
      jobs: [
        [0, 1],
        [2, 2],
      ],
      error: expect.stringContaining('FileNotFoundError'),
      left: 0,
    })
  })

  it('writes masks, reads them back and deletes one', async () => {
    const found = await ask(z.looseObject({ id: z.number() }), 'annotate', {
      job: 2,
      bits: bits(1),
    })
    expect(found).toMatchObject({ is_first: true, source: 'auto', bits: bits(1), of_task: 1 })
    expect(fake.shapes(2).map(({ id, frame }) => [id, frame])).toEqual([[found.id, 1]])
  })

  it('assigns jobs, and annotators see theirs only', async () => {
    const found = await ask(z.unknown(), 'jobs', { job: 3, annotator })
    const all = fake.state.jobs.size
    expect(found).toEqual({
      before: 0,
      own: 3,
      state: 'completed',
      told: 'None',
      completed: [3],
      all,
    })
    expect(fake.job(3)).toMatchObject({ state: 'completed', assignee: annotator.id })
  })

  const cli = (...args: readonly string[]) =>
    cvatCli({ address: fake.address, ...fake.admin }, args)

  it('annotates a task from the command line', async () => {
    const images = names.map((name, i) => ({ name, bytes: png(i) }))
    const task = fake.addTask(fake.state.project(1), images, { segmentSize: 1 })
    await cli('task', 'auto-annotate', String(task.id), '--function-file', detector)
    expect(pointsOf(fake, task.id)).toEqual(names.map((_, i) => maskOf(i)))
  })

  it('runs an agent for the server', async () => {
    const created = await cli('function', 'create-native', 'bright', '--function-file', detector)
    const id = Number(created)
    const images = names.map((name, i) => ({ name, bytes: png(i) }))
    const task = fake.addTask(fake.state.project(1), images, { segmentSize: 1 })
    const whole = fake.agents.request(id, task)
    const single = fake.agents.request(id, task, { frame: 1 })
    await cli('function', 'run-agent', String(id), '--burst', '--function-file', detector)
    expect([whole, single]).toMatchObject([
      { status: 'finished', error: null },
      { status: 'finished', error: null },
    ])
    expect(pointsOf(fake, task.id)).toEqual(names.map((_, i) => maskOf(i)))
    expect(single.annotations?.shapes).toMatchObject([{ frame: 1, points: maskOf(1) }])
  })

  it('wakes an agent that waits', async () => {
    const created = await cli('function', 'create-native', 'waiting', '--function-file', detector)
    const id = Number(created)
    const task = fake.addTask(fake.state.project(1), [{ name: 'a.png', bytes: png(0) }])
    stopAgent = startAgent({ address: fake.address, ...fake.admin }, id)
    const asked = () => fake.count('POST', new RegExp(`/function(:|%3A)${id}/requests/acquire$`))
    // Both queues were empty when it looked, and it listens: from now on only the event stream can wake it.
    await until(() => asked() === 2 && fake.agents.of(id).watchers.size === 1)
    const request = fake.agents.request(id, task)
    await until(() => request.status === 'finished')
    expect(pointsOf(fake, task.id)).toEqual([maskOf(0)])
  })
})

const pointsOf = (fake: FakeCvat, task: number) =>
  fake.state.jobsOf(task).flatMap((job) => fake.shapes(job.id).map(({ points }) => points))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** The bright rectangle: one run of ones, in its own box. */
function maskOf(image: number): number[] {
  const top = image + 1
  return [0, (width / 2) * (height - top), 0, top, width / 2 - 1, height - 1]
}
