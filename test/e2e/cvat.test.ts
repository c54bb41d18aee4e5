/** The whole product with a fake CVAT: two annotators without extra rights, every way to show an order, and crashes. */
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { maskOf } from '@suggestive/shared/mask'
import { suggestion } from '@suggestive/shared/protocol/suggestion'
import { z } from 'zod'
import type { FakeJob, FakeUser } from '../fakes/cvat/model.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { E2eBench, follow } from '../support/cvat-e2e-bench.ts'
import { expectRestored, expectSameEndAfterKills, expectTruth } from '../support/cvat-e2e-checks.ts'
import { People } from '../support/cvat-e2e-people.ts'
import { freePort, openProduct, type Product } from '../support/cvat-e2e-serve.ts'
import { imagesOf, roundImages } from '../support/cvat-e2e-state.ts'
import { referenceDecode } from '../support/cvat-mask.ts'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { tissueSpecimens } from '../support/one-tissue.ts'

jest.setTimeout(1_200_000)

const images = 300
const size = 32
const pixels = size * size
const perRound = 8
const specimens = tissueSpecimens({ seed: 5, size, first: 0, count: images })
const files = specimens.map(({ name, png }) => ({ name, bytes: Uint8Array.from(png) }))

let folder: TestFolder
let fake: FakeCvat
let anna: FakeUser
let ben: FakeUser
let carl: FakeUser
let port: number
let product: Product
/** Of the tests below, one after the other. */
let bench: E2eBench
let links: ReadonlyMap<string, string>

beforeAll(async () => {
  folder = openFolder()
  fake = await openFakeCvat()
  ;[anna, ben, carl] = [fake.addUser('anna'), fake.addUser('ben'), fake.addUser('carl')]
  for (const { name, bytes } of files) fake.share.set(name, bytes)
  port = await freePort()
})
afterAll(async () => {
  await product?.stop()
  await fake.close()
  folder.remove()
})

/** Starts the server with what the one before has left. */
async function start(pollSeconds: number) {
  await product?.stop()
  const nuclio = { port: 0, peers: ['127.0.0.1'] }
  product = await openProduct(join(folder.path, 'data'), {
    cvat: { port, pollSeconds, nuclio },
    'label-studio': { port: 0 },
  })
}

function openBench(name: string, count: number, segmentSize: number): E2eBench {
  const project = fake.addProject(name)
  fake.addTask(project, files.slice(0, count), { segmentSize, fromShare: true })
  return new E2eBench(fake, project, new People(fake, specimens), () => product)
}

const answered = z.looseObject({
  shapes: z.array(z.looseObject({ points: z.array(z.number()) })),
})

const idsOf = (jobs: readonly FakeJob[]) => jobs.map(({ id }) => id)
const next = (name: string) => follow(links.get(name) ?? '')

/** By turns they open the link to their next job, and finish it. */
async function annotate() {
  for (const user of [anna, ben, anna, ben, anna, ben, anna, ben]) {
    bench.people.finish(user, await next(user.username))
  }
}

async function annotateRounds(numbers: readonly number[], expectOrder: () => Promise<void>) {
  for (const number of numbers) {
    await annotate()
    expect(await bench.round(number)).toMatchObject({ images: perRound * number })
    await expectOrder()
  }
}

/** The list of CVAT that is sorted by dates shows the published order. @returns its free jobs */
async function expectList(): Promise<readonly FakeJob[]> {
  const all = await bench.free()
  expect(all.length).toBeGreaterThan(12)
  const listed = await bench.listed(fake.admin)
  expect(idsOf(listed.filter((one) => all.includes(one)))).toEqual(idsOf(all))
  return all
}

// Each test goes on where the one before it ended.
describe('mode gate', () => {
  it('connects by the command line, and shows each annotator their part of the first order', async () => {
    await start(1)
    bench = openBench('Gate', images, 1)
    const [, , theirs, begun, drafted] = fake.jobs(bench.project)
    fake.as(fake.admin).assign(theirs?.id ?? 0, carl)
    bench.people.begin(fake.admin, begun?.id ?? 0)
    // As other programs leave it: shapes in a job that nobody has started.
    drafted?.shapes.push(...(begun?.shapes ?? []).map((one) => ({ ...one, id: 9000, frame: 4 })))
    bench.people.leave(drafted?.id ?? 0)
    const said = await bench.connect('--annotators', 'anna,ben')
    expect(said).toMatch(/are assigned to anna, ben, in turn/)
    expect(said).toMatch(/is connected\.\n$/)
    links = await bench.links()
    await expectOrder()
    expect(theirs?.assignee).toBe(carl.id)
    expect(await product.suggest('doctor')).toMatch(/^ok +cvat 1 +"Gate" as gate, running/m)
  })

  it('leads both annotators to the best jobs of their own, however often they ask', async () => {
    await annotateRounds([1], expectOrder)
    const all = await bench.free()
    const best = new Map(
      [anna, ben].map((user) => [user.username, all.find(({ assignee }) => assignee === user.id)]),
    )
    const asked = ['anna', 'ben', 'anna', 'ben', 'anna', 'ben']
    const got = await Promise.all(asked.map(next))
    expect(got).toEqual(asked.map((name) => best.get(name)?.id))
    const [job = 0] = got
    fake.as(anna).start(job)
    expect(await next('anna')).toBe(job)
  })

  it('learns for two more rounds from what they finish', async () => {
    await annotateRounds([2, 3], expectOrder)
    await expectTruth(bench, pixels)
  })

  it('ends the same wherever the plugin is killed', () => expectSameEndAfterKills(bench, 'gate'))

  it('leaves the project as it was', async () => {
    await expectTruth(bench, pixels)
    await expectRestored(bench, 1, [carl.id])
  })

  /** By CVAT's own rules, asked with the annotators' own accounts. */
  async function expectOrder() {
    const all = await expectList()
    for (const user of [anna, ben]) {
      const open = (await bench.listed(user)).filter(({ state }) => state === 'new')
      expect(idsOf(open)).toEqual(idsOf(all.filter(({ assignee }) => assignee === user.id)))
      expect(open.length).toBeGreaterThan(4)
    }
    const ours = [anna.id, ben.id]
    const others = all.filter(({ assignee }) => !ours.includes(assignee ?? 0))
    expect(others.filter(({ assignee }) => assignee !== carl.id)).toEqual([])
  }
})

describe('mode touch', () => {
  it('shows the order by dates alone, and finds everything by polling', async () => {
    await start(1)
    bench = openBench('Touch', images, 1)
    await bench.connect('--annotators', 'anna,ben', '--mode', 'touch', '--no-webhook')
    expect([...fake.state.webhooks.values()]).toEqual([])
    links = await bench.links()
    await expectOrder()
  })

  it('gives the best free jobs to whoever asks, each to one person only', async () => {
    await annotateRounds([1], expectOrder)
    const [first, second] = idsOf(await bench.free())
    const asked = ['anna', 'ben', 'anna', 'ben', 'anna', 'ben']
    const got = await Promise.all(asked.map(next))
    expect(new Set(got)).toEqual(new Set([first, second]))
    expect(got).toEqual(asked.map((name) => got[asked.indexOf(name)]))
    const holders = new Map([anna, ben].map(({ username, id }) => [username, id]))
    expect(got.map((job) => fake.job(job).assignee)).toEqual(asked.map((name) => holders.get(name)))
  })

  it('learns for two more rounds from what they finish', async () => {
    await annotateRounds([2, 3], expectOrder)
    await expectTruth(bench, pixels)
  })

  it('ends the same wherever the plugin is killed', () => expectSameEndAfterKills(bench, 'touch'))

  it('leaves the project as it was', async () => {
    await expectTruth(bench, pixels)
    await expectRestored(bench, 1, [])
  })

  async function expectOrder() {
    const all = await expectList()
    expect(all.filter(({ assignee }) => assignee !== null)).toEqual([])
  }
})

describe('mode round', () => {
  it('makes a task of the best images with a job for each annotator', async () => {
    await start(600)
    bench = openBench('Round', images, 1)
    const said = await bench.connect('--annotators', 'anna,ben', '--mode', 'round')
    expect(said).toMatch(/a new task/i)
    links = await bench.links()
    await expectOrder()
  })

  it('learns for three rounds, of which webhooks alone tell it', async () => {
    for (const [number, user] of [anna, ben, anna].entries()) {
      const job = await next(user.username)
      expect((await newest()).map(({ id }) => id)).toContain(job)
      bench.people.finish(user, job)
      expect(await bench.round(number + 1)).toMatchObject({ images: perRound * (number + 1) })
      await expectOrder()
    }
    const given = roundImages(bench)
    expect(new Set(given).size).toBe(given.length)
    await expectTruth(bench, pixels)
  })

  it('ends the same wherever the plugin is killed', () => expectSameEndAfterKills(bench, 'round'))

  it('takes no hint that CVAT has not signed', async () => {
    const [hook] = fake.state.webhooks.values()
    const body = JSON.stringify({ event: 'create:job', sender: { id: anna.id } })
    const deliver = async (secret: string) => {
      const before = fake.asked.length
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      const headers = { 'X-Signature-256': `sha256=${signature}` }
      const { status } = await fetch(hook?.targetUrl ?? '', { method: 'POST', headers, body })
      await sleep(1500)
      return { status, isAwake: fake.asked.length > before }
    }
    expect(await deliver('guessed')).toEqual({ status: 401, isAwake: false })
    expect(await deliver(hook?.secret ?? '')).toEqual({ status: 200, isAwake: true })
  })

  it("answers CVAT's own AI tools with what the networks see", async () => {
    const { nuclio } = await bench.pluginStatus()
    fake.state.nuclio = { address: nuclio ?? '', invoke: 'dashboard' }
    const [key = ''] = await bench.head()
    const { start: frame, task } = bench.jobOf(key)
    const { id } = await bench.view()
    const path = `/api/lambda/functions/suggest.${id}.detector`
    const headers = {
      Authorization: `Token ${fake.admin.token}`,
      'Content-Type': 'application/json',
    }
    const body = JSON.stringify({ task, frame })
    const reply = await fetch(fake.address + path, { method: 'POST', headers, body })
    const { shapes } = answered.parse(await reply.json())
    const known = await product.ask(
      suggestion,
      'GET',
      `${await bench.path()}/tasks/${key}/suggestion?wait=20`,
    )
    const drawn = new Uint8Array(pixels)
    for (const { points } of shapes) {
      for (const [at, bit] of referenceDecode(points, size, size).entries()) drawn[at] ||= bit
    }
    expect([...drawn]).toEqual([...maskOf(known.mask).data])
  })

  it('leaves the project as it was, and the rounds that people have worked in', async () => {
    await expectTruth(bench, pixels)
    await expectRestored(bench, 4, [])
  })

  /** Jobs of the newest task. */
  async function newest(): Promise<readonly FakeJob[]> {
    const last = fake.state.tasksOf(bench.project.id).at(-1)
    return fake.state.jobsOf(last?.id ?? 0)
  }

  /** The best images by turns; each annotator sees their own job of it, and nothing finished is in it. */
  async function expectOrder() {
    const jobs = await newest()
    const nameOf = (job: FakeJob | undefined) => job && imagesOf(bench, job)
    const head = (await bench.head()).map((key) => imagesOf(bench, bench.jobOf(key)))
    const shown = jobs.flatMap((job) => imagesOf(bench, job).split(' '))
    expect(shown.length).toBe(2 * perRound)
    const finished = new Set(
      fake.jobs(bench.project).flatMap((job) => {
        return job.state === 'completed' ? imagesOf(bench, job).split(' ') : []
      }),
    )
    expect(shown.filter((name) => finished.has(name))).toEqual([])
    const rest = head.filter((name) => shown.includes(name))
    expect(nameOf(jobs[0])).toBe(rest.filter((_, at) => at % 2 === 0).join(' '))
    expect(nameOf(jobs[1])).toBe(rest.filter((_, at) => at % 2 === 1).join(' '))
    for (const [at, user] of [anna, ben].entries()) {
      expect(idsOf(await bench.listed(user))).toContain(jobs[at]?.id)
      expect(idsOf(await bench.listed(user))).not.toContain(jobs[1 - at]?.id)
    }
  }
})
