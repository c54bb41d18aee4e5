/** The tool makes no difference: the same images and the same annotations lead to the same order in both. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { readConfiguration } from '@suggestive/plugin-labelstudio/codec/configuration'
import { prelabelFrom } from '@suggestive/plugin-labelstudio/codec/prelabel'
import { pageOf } from '@suggestive/shared/protocol'
import { project as projectForm } from '@suggestive/shared/protocol/project'
import { queuePage } from '@suggestive/shared/protocol/queue'
import { round as roundForm } from '@suggestive/shared/protocol/round'
import { draws } from '@suggestive/sidecar/domain/random'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { parsedConfiguration } from '../fakes/label-studio/configuration.ts'
import { FakeLabelStudio } from '../fakes/label-studio.ts'
import { People } from '../support/cvat-e2e-people.ts'
import { openProduct, type Product } from '../support/cvat-e2e-serve.ts'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { tissueSpecimens } from '../support/one-tissue.ts'
import type { Specimen } from '../support/serve.ts'

jest.setTimeout(600_000)

const configuration =
  '<View><Image name="image" value="$image"/><BrushLabels name="tag" toName="image"><Label value="Gland"/></BrushLabels></View>'
const count = 48
const perRound = 8
/** Nothing on which the first order depends, which may be there before they are set. */
const settings = { profile: 'quick', scale: 1, seed: 11 }
const specimens = tissueSpecimens({ seed: 3, size: 32, first: 0, count })
const byDigest = new Map(
  specimens.map((one) => [createHash('sha256').update(one.png).digest('hex'), one]),
)

const tools = ['label-studio', 'cvat'] as const
type Tool = (typeof tools)[number]

let folder: TestFolder
let labelStudio: FakeLabelStudio
let cvat: FakeCvat
let product: Product
/** Annotates a task with the truth about its image. */
let annotate: Readonly<Record<Tool, (taskKey: string, truth: Specimen) => Promise<void>>>

beforeAll(async () => {
  folder = openFolder()
  labelStudio = await FakeLabelStudio.open()
  cvat = await openFakeCvat()
  const sections = {
    'label-studio': { port: 0, pollSeconds: 1 },
    cvat: { port: 0, pollSeconds: 1 },
  }
  product = await openProduct(join(folder.path, 'data'), sections)
  annotate = { 'label-studio': await connectLabelStudio(), cvat: await connectCvat() }
})
afterAll(async () => {
  await product?.stop()
  await labelStudio.close()
  await cvat.close()
  folder.remove()
})

/** The same images in an order of its own. */
const shuffled = (purpose: string) =>
  [...draws(1, 'same selection', purpose).permutation(count)].flatMap((at) => specimens[at] ?? [])

async function connectLabelStudio() {
  const project = labelStudio.addProject(count, configuration).id
  const images = shuffled('label-studio')
  for (const [at, task] of labelStudio.state.tasksOf(project).entries()) {
    labelStudio.state.files.set(String(task.data['image']), images[at]?.png ?? Buffer.alloc(0))
  }
  const words = ['--url', labelStudio.address, '--token', labelStudio.admin.refreshToken]
  await product.suggest('connect', 'label-studio', ...words, '--project', `${project}`)
  const read = readConfiguration(parsedConfiguration(configuration))
  if (read.kind === 'refused') throw new Error(read.reason)
  const options = { shape: 'brush', isGraded: false, probabilities: new Map(), lines: [] } as const
  return async (taskKey: string, { mask }: Specimen) => {
    const { result } = prelabelFrom(mask, read.configuration, { ...options, idPrefix: 'by-hand' })
    const regions = result.map((region) => ({ ...region, origin: 'manual' }))
    const { id } = labelStudio.admin
    await labelStudio.submit(id, Number(taskKey), { result: regions, leadTime: 10 })
  }
}

/** In two tasks, of which the second is older. */
async function connectCvat() {
  const project = cvat.addProject('Glands')
  cvat.addUser('anna')
  const images = shuffled('cvat').map(({ name, png }) => ({ name, bytes: Uint8Array.from(png) }))
  const jobs = [images.slice(0, 17), images.slice(17)].flatMap((part) =>
    cvat.state.jobsOf(cvat.addTask(project, part, { segmentSize: 1 }).id),
  )
  const words = ['--url', cvat.address, '--token', cvat.admin.personalToken, '--annotators', 'anna']
  await product.suggest('connect', 'cvat', ...words, '--project', `${project.id}`)
  const people = new People(cvat, specimens)
  return async (taskKey: string) => {
    const [task, frame] = taskKey.split('-').map(Number)
    const job = jobs.find((one) => one.task === task && one.start === frame)
    people.draw(cvat.admin, job?.id ?? 0)
  }
}

async function viewOf(tool: Tool) {
  const { items } = await product.ask(pageOf(projectForm), 'GET', '/v1/projects')
  return items.find((one) => one.tool === tool)
}

async function queueOf(tool: Tool) {
  const id = (await viewOf(tool))?.id
  return product.ask(queuePage, 'GET', `/v1/projects/${id}/queue?limit=500`)
}

/** Digests of the images in the order of the queue. */
const orderOf = async (tool: Tool) =>
  (await queueOf(tool)).items.map(({ imageDigest }) => imageDigest ?? '')

/** The first ones of the order, with the truth. */
async function annotateBatch(tool: Tool): Promise<void> {
  const { items } = await queueOf(tool)
  for (const { taskKey, imageDigest } of items.slice(0, perRound)) {
    const truth = byDigest.get(imageDigest ?? '')
    if (truth === undefined) throw new Error(`no truth of task ${taskKey}`)
    await annotate[tool](taskKey, truth)
  }
}

async function expectSameOrder(length: number) {
  const [inLabelStudio, inCvat] = await Promise.all(tools.map(orderOf))
  expect(inCvat).toEqual(inLabelStudio)
  expect(new Set(inCvat).size).toBe(length)
  const [mine = [], theirs = []] = await Promise.all(
    tools.map(async (tool) => (await queueOf(tool)).items.map(({ taskKey }) => taskKey)),
  )
  expect(mine).not.toEqual(theirs)
}

// Each test goes on where the one before it ended.
describe('the same images behind Label Studio and behind CVAT', () => {
  it('are in the same order before there is a model', async () => {
    for (const tool of tools) {
      await product.until(`the project of ${tool}`, async () => (await viewOf(tool)) !== undefined)
      await product.ask(projectForm, 'PATCH', `/v1/projects/${(await viewOf(tool))?.id}`, {
        settings,
      })
      await product.until(`a cold start of ${tool}`, async () => {
        return (await queueOf(tool)).queue.length === count
      })
    }
    await expectSameOrder(count)
  })

  it.each([1, 2])('are in the same order after the same annotations, round %i', async (number) => {
    for (const tool of tools) await annotateBatch(tool)
    const digests: (string | null)[] = []
    for (const tool of tools) {
      const path = `/v1/projects/${(await viewOf(tool))?.id}/rounds/${number}`
      const read = () => product.ask(roundForm, 'GET', path)
      await product.until(`round ${number}`, async () => (await read()).state === 'finished')
      const { images, modelDigest, queueRevision } = await read()
      expect(images).toBe(perRound * number)
      expect((await queueOf(tool)).queue).toMatchObject({
        revision: queueRevision,
        origin: 'round',
      })
      digests.push(modelDigest)
    }
    expect(digests[1]).toBe(digests[0])
    await expectSameOrder(count - perRound * number)
  })
})
