/** New tasks of one-image jobs, made by the command line from tasks whose jobs have several images. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { FakeTask, FakeUser } from '../fakes/cvat/model.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { E2eBench } from '../support/cvat-e2e-bench.ts'
import { People } from '../support/cvat-e2e-people.ts'
import { freePort, openProduct, type Product } from '../support/cvat-e2e-serve.ts'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { tissueSpecimens } from '../support/one-tissue.ts'

jest.setTimeout(600_000)

const specimens = tissueSpecimens({ seed: 9, size: 32, first: 0, count: 24 })
const files = specimens.map(({ name, png }) => ({ name, bytes: Uint8Array.from(png) }))
const perJob = 6
const annotators = ['--annotators', 'anna,ben']

let folder: TestFolder
let fake: FakeCvat
let anna: FakeUser
let ben: FakeUser
let product: Product
let bench: E2eBench
let old: FakeTask

beforeAll(async () => {
  folder = openFolder()
  fake = await openFakeCvat()
  ;[anna, ben] = [fake.addUser('anna'), fake.addUser('ben')]
  for (const { name, bytes } of files) fake.share.set(name, bytes)
  const sections = { cvat: { port: await freePort(), pollSeconds: 1 }, 'label-studio': { port: 0 } }
  product = await openProduct(join(folder.path, 'data'), sections)
})
afterAll(async () => {
  await product?.stop()
  await fake.close()
  folder.remove()
})

function openBench(name: string, fromShare: boolean): void {
  const project = fake.addProject(name)
  old = fake.addTask(project, files, { name: 'scans', segmentSize: perJob, fromShare })
  bench = new E2eBench(fake, project, new People(fake, specimens), () => product)
}

const added = () => fake.state.tasksOf(bench.project.id).filter((task) => task !== old)
const namesOf = ({ data }: FakeTask) => data?.images.map(({ name }) => name)

/** What a command says that fails. */
async function failing(...words: string[]): Promise<string> {
  return bench.connectOnly(...words).then(
    (said) => `connected: ${said}`,
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  )
}

/** What a command says that connects nothing. */
async function refused(...words: string[]): Promise<string> {
  const outcome = await failing(...words)
  expect(fake.state.webhooks.size).toBe(0)
  expect(added()).toEqual([])
  return outcome
}

// Each test goes on where the one before it ended.
describe('a task whose jobs have several images', () => {
  it('is connected only after somebody has chosen what to do', async () => {
    openBench('Share', true)
    const [finished, begun] = fake.state.jobsOf(old.id)
    bench.people.draw(fake.admin, finished?.id ?? 0)
    bench.people.begin(fake.admin, begun?.id ?? 0)
    expect(await refused(...annotators)).toMatch(
      /CVAT cannot reorder frames inside a job, and 3 of 4 jobs have several, up to 6\. Choose: --whole-jobs .* --make-pool /,
    )
  })

  it('gets a new one from the share, and only one when the plugin is killed meanwhile', async () => {
    const before = JSON.stringify(fake.state.jobsOf(old.id))
    let isKilled = false
    fake.onRequest = ({ method, path }) => {
      if (isKilled || method !== 'POST' || !/^\/api\/tasks\/\d+\/data$/.test(path)) return undefined
      isKilled = true
      return { after: () => product.kill(), fault: { kind: 'lost' } }
    }
    // The command line loses the plugin on the way, and the plugin goes on by itself.
    const said = await failing(...annotators, '--make-pool')
    await product.until('the kill', () => isKilled)
    await bench.ready()
    expect(said).toMatch(/17 images of task \d+ go into a new task "scans \(one image per job\)"/)
    expect(added().map(({ name, segmentSize }) => ({ name, segmentSize }))).toEqual([
      { name: 'scans (one image per job)', segmentSize: 1 },
    ])
    const [made] = added()
    const names = files.map(({ name }) => name)
    expect(made && namesOf(made)).toEqual(names.filter((_, at) => at > perJob))
    expect(fake.count('POST', /\/data\/$|upload/i)).toBe(0)
    expect(JSON.stringify(fake.state.jobsOf(old.id))).toBe(before)
  })

  it('keeps its finished labels, and its new jobs are shown in order', async () => {
    await bench.served()
    const labels = await bench.labels()
    expect(labels.map(({ externalId }) => externalId).sort()).toEqual(
      Array.from({ length: perJob }, (_, frame) => `${fake.state.jobsOf(old.id)[0]?.id}:${frame}`),
    )
    expect(labels.every(({ beforeConnection }) => beforeConnection)).toBe(true)
    const all = await bench.free()
    expect(new Set(all.map(({ task }) => task))).toEqual(new Set(added().map(({ id }) => id)))
    expect(all.length).toBe(files.length - perJob - 1)
    for (const user of [anna, ben]) {
      const own = all.filter(({ assignee }) => assignee === user.id)
      expect(await bench.listed(user)).toEqual(own)
      expect(own.length).toBeGreaterThan(7)
    }
    expect(bench.people.disturbed()).toEqual([])
  })

  it('is as it was after the project was disconnected', async () => {
    await bench.disconnect()
    expect(fake.jobs(bench.project).flatMap(({ assignee }) => assignee ?? [])).toEqual([])
    expect(bench.people.disturbed()).toEqual([])
    expect(fake.state.webhooks.size).toBe(0)
  })

  it('is uploaded once more only after a yes', async () => {
    openBench('Upload', false)
    expect(await refused(...annotators, '--make-pool')).toMatch(
      /24 images .* \(about \d+(\.\d+)? MB are read from CVAT and sent again\).* say so: --upload/,
    )
    const said = await bench.connectOnly(...annotators, '--make-pool', '--upload')
    expect(said).toMatch(/The new tasks are there\.\n$/)
    const [made] = added()
    expect(made && namesOf(made)).toEqual(files.map(({ name }) => name))
    const bytes = made?.data?.images.map((one) => Buffer.from(one.bytes).toString('base64'))
    expect(bytes).toEqual(files.map((one) => Buffer.from(one.bytes).toString('base64')))
  })
})
