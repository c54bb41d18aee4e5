/** The whole product with a real Label Studio: two people, two projects, three rounds. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { paint } from '@suggestive/plugin-labelstudio/codec/paint'
import { areasOf } from '@suggestive/plugin-labelstudio/codec/regions'
import { runsOf } from '@suggestive/shared/mask'
import { pageOf } from '@suggestive/shared/protocol'
import { budget } from '@suggestive/shared/protocol/budget'
import { labelRecord } from '@suggestive/shared/protocol/label'
import { project } from '@suggestive/shared/protocol/project'
import { queuePage } from '@suggestive/shared/protocol/queue'
import { round } from '@suggestive/shared/protocol/round'
import { suggestion } from '@suggestive/shared/protocol/suggestion'
import { z } from 'zod'
import { type Browser, openBrowser } from '../support/browser.ts'
import { agreement, decodedBy } from '../support/label-studio-decode.ts'
import { type Facts, openFacts } from '../support/label-studio-facts.ts'
import { type Bench, openBench } from '../support/label-studio-oracle.ts'
import { checkOrder } from '../support/label-studio-order.ts'
import { type Annotator, addAnnotator } from '../support/label-studio-people.ts'
import { openLabelStudio, type RealLabelStudio } from '../support/label-studio-server.ts'
import { tissueSpecimens } from '../support/one-tissue.ts'
import { type Listening, listenTo, type Served, serve } from '../support/serve.ts'
import { bin } from '../support/suggest.ts'
import { type Unseen, unseenImages } from '../support/unseen.ts'

jest.setTimeout(3_600_000)

const images = 48
const size = 64
const seed = 5
const perRound = 8
const rounds = [1, 2, 3]
const engine = 'onnx' // The one whose results do not change from run to run.

let folder: string
let tool: RealLabelStudio
let facts: Facts
let server: Served
let listening: Listening
let browser: Browser
let people: readonly [Annotator, Annotator]
let benches: readonly Bench[]
let unseen: Unseen
/** By shape, what Label Studio held before the connection. */
const before = new Map<string, object>()
/** By shape, Dice after each round. */
const learnt = new Map<string, number[]>()

const suggest = async (...words: string[]) =>
  (await promisify(execFile)(process.execPath, [bin, ...words])).stdout
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'suggestive-label-studio-'))
  tool = await openLabelStudio(join(folder, 'label-studio'))
  facts = openFacts(tool.database)
  people = [await addAnnotator(tool.admin, 'anna'), await addAnnotator(tool.admin, 'ben')]
  const pool = tissueSpecimens({ seed, size, first: 0, count: images })
  benches = [
    await openBench(tool, facts, 'brush', pool),
    await openBench(tool, facts, 'polygon', pool),
  ]
  unseen = unseenImages(folder, engine, { count: 20, size, seed })
  const data = join(folder, 'suggest')
  mkdirSync(data, { mode: 0o700 })
  const settings = { 'label-studio': { port: 0, pollSeconds: 2 } }
  writeFileSync(join(data, 'suggest.json'), JSON.stringify(settings))
  server = await serve(data, ['--engine', engine])
  listening = listenTo(server.address)
  await until(() => existsSync(join(data, 'label-studio.running.json')), 'the plugin', 30)
})
afterAll(async () => {
  listening?.close()
  await browser?.close()
  await server?.stop()
  facts?.close()
  await tool?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

async function until(isSo: () => boolean | Promise<boolean>, what: string, seconds: number) {
  const deadline = Date.now() + 1000 * seconds
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`no ${what} within ${seconds} s: ${server.said()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const views = async () => (await server.ask(pageOf(project), 'GET', '/v1/projects')).items

/** The sidecar's project of a bench, by the address in the tool. */
async function viewOf(bench: Bench) {
  const found = (await views()).find(({ name }) => name === `Tissue by ${bench.shape}`)
  if (found === undefined) throw new Error(`the server has no project for ${bench.shape}`)
  return found
}

const versionOf = ({ project }: Bench) => facts.moment(project, people[0].id).version

/** Resolves when Label Studio serves this revision. */
async function served(bench: Bench, revision: number): Promise<void> {
  const isServed = () => versionOf(bench).startsWith(`sa-r${revision}-`)
  await until(isServed, `revision ${revision} of ${bench.shape} in Label Studio`, 60)
}

// Each test goes on where the one before it ended: a round takes minutes.
describe('with a real Label Studio', () => {
  it('connects two projects by the command line and serves a first order', async () => {
    const token = join(folder, 'token.txt')
    writeFileSync(token, tool.token, { mode: 0o600 })
    for (const bench of benches) {
      before.set(bench.shape, facts.setUp(bench.project))
      const words = ['--url', tool.address, '--token-file', token, '--data', server.data]
      const said = await suggest(
        'connect',
        'label-studio',
        ...words,
        '--project',
        `${bench.project}`,
      )
      expect(said).toContain(`Project ${bench.project} is connected.`)
    }
    for (const bench of benches) {
      await until(
        async () => (await views()).some(({ name }) => name.endsWith(bench.shape)),
        'project',
        60,
      )
      const { id } = await viewOf(bench)
      await until(async () => (await viewOf(bench)).queueRevision > 0, 'cold start', 120)
      await until(
        async () => (await queueOf(id)).length === images,
        'cold start of all images',
        120,
      )
      await served(bench, (await viewOf(bench)).queueRevision)
    }
  })

  it('trains three rounds on what two people submit in the order that it published', async () => {
    for (const number of rounds) {
      for (const bench of benches) {
        await bench.annotate(people, perRound)
        if (number !== 2) continue
        // Somebody has a task open, with a draft, while the order changes.
        const task = await bench.take(people[1])
        await people[1].draft(bench.project, task.id, { result: [], seconds: 2 })
      }
      for (const bench of benches) {
        const { id } = await viewOf(bench)
        await listening.until(
          (event) =>
            event.type === 'round.finished' && event.project === id && event.data.round === number,
          `round ${number} of ${bench.shape}`,
          1_700_000,
        )
        const done = await server.ask(round, 'GET', `/v1/projects/${id}/rounds/${number}`)
        expect(done).toMatchObject({ state: 'finished', images: perRound * number })
        await served(bench, done.queueRevision ?? 0)
        const model = await server.bytes(`/v1/projects/${id}/models/${done.modelDigest}`)
        const score = await unseen.dice(model, `${bench.shape}-${number}`)
        learnt.set(bench.shape, [...(learnt.get(bench.shape) ?? []), score])
        say(`${bench.shape}, round ${number}: Dice ${score.toFixed(3)}, ${done.computeSeconds} s`)
        expect(await queueOf(id)).toEqual(facts.ranks(bench.project, versionOf(bench)).map(String))
      }
    }
    for (const bench of benches) await bench.annotate(people, 2)
  })

  it('let nobody have a task out of its turn, and no task to two people', () => {
    for (const bench of benches) {
      const { exceptions, faults } = checkOrder(bench.servings)
      for (const { user, version, rank, task, why } of exceptions) {
        say(`${bench.shape}: ${user} under ${version} without rank ${rank} (task ${task}): ${why}`)
      }
      expect(faults).toEqual([])
      const versions = new Set(bench.servings.map(({ moment }) => moment.version))
      expect(versions.size).toBeGreaterThanOrEqual(4)
      for (const person of people) {
        expect(bench.servings.filter(({ user }) => user === person.name).length).toBeGreaterThan(8)
      }
    }
  })

  it('has learnt to see what nobody has drawn', () => {
    expect(unseen.otsu).toBeLessThanOrEqual(0.55)
    for (const bench of benches) {
      const [first = 0, ...others] = learnt.get(bench.shape) ?? []
      const last = others.at(-1) ?? 0
      expect(last).toBeGreaterThanOrEqual(0.8)
      expect(last).toBeGreaterThan(first)
    }
  })

  it('keeps the same ledger as Label Studio', async () => {
    for (const bench of benches) {
      const { id } = await viewOf(bench)
      const theirs = facts.annotations(bench.project)
      const finished = theirs.filter(({ skipped }) => !skipped)
      await until(async () => (await budgetOf(id)).images === finished.length, 'last label', 30)
      expect(await budgetOf(id)).toMatchObject({
        images: finished.length,
        pixels: finished.length * size * size,
        annotationSeconds: theirs.reduce((sum, { seconds }) => sum + seconds, 0),
        withoutTime: 0,
        beforeConnection: 0,
      })
      const path = `/v1/projects/${id}/annotations?limit=500`
      const { items } = await server.ask(pageOf(labelRecord), 'GET', path)
      const ours = items.map(({ externalId, taskKey, annotator, outcome, seconds, prelabel }) => ({
        id: Number(externalId),
        task: Number(taskKey),
        user: Number(annotator),
        kind: outcome === 'skipped' ? 'skipped' : (prelabel?.use ?? 'drawn'),
        seconds,
      }))
      ours.sort((a, b) => a.id - b.id)
      const said = bench.decisions.map((one, i) => ({ id: theirs[i]?.id, ...one }))
      expect(ours).toEqual(said)
      const kinds = new Set(said.map(({ kind }) => kind))
      expect(kinds).toEqual(new Set(['drawn', 'accepted', 'edited', 'skipped']))
    }
  })

  it("writes and reads masks as Label Studio's own converter does", async () => {
    for (const bench of benches) {
      const { shape, project, configuration } = bench
      const { id } = await viewOf(bench)
      const submitted = facts.annotations(project).map(({ result }) => result)
      const shown = facts.predictions(project, facts.moment(project, 0).version)
      const results = [...submitted, ...shown.map(({ result }) => result)].filter(
        (result) => result.length > 0,
      )
      expect(results.length).toBeGreaterThan(40)
      for (const [index, runs] of (await decodedBy(tool.python, results)).entries()) {
        const { areas } = areasOf(results[index] ?? [], configuration)
        const ours = paint(areas, { width: size, height: size })
        if (shape === 'brush') expect(runsOf(ours).layers[0]?.runs).toEqual(runs)
        else expect(agreement(ours, runs)).toBeGreaterThanOrEqual(0.95)
      }
      for (const { task, result } of shown.filter((one) => one.result.length > 0)) {
        const path = `/v1/projects/${id}/tasks/${task}/suggestion?wait=20`
        const { mask } = await server.ask(suggestion, 'GET', path)
        const drawn = paint(areasOf(result, configuration).areas, mask)
        const found = agreement(drawn, mask.layers[0]?.runs ?? [])
        // Polygons are simplified, and their smallest holes filled.
        expect(found).toBeGreaterThanOrEqual(shape === 'brush' ? 1 : 0.9)
      }
    }
  })

  it('shows a pre-label to whoever presses Label All Tasks', async () => {
    browser = await openBrowser()
    const [anna] = people
    for (const { shape, project } of benches) {
      const { version, finished, skipped, locked } = facts.moment(project, anna.id)
      const expected = facts
        .ranks(project, version)
        .find((one) => !finished.has(one) && !skipped.has(one) && !locked.has(one))
      const page = await browser.page(tool.address, anna.session.cookies())
      await page.open(`/projects/${project}/data`)
      const button = `[...document.querySelectorAll('button')].find((one) => /Label All Tasks/.test(one.textContent))`
      await page.until(`${button} !== undefined`, 'the button Label All Tasks')
      await page.value(z.unknown(), `${button}.click()`)
      const drawn = `window.Htx.annotationStore.selected.regionStore.regions`
      await page.until(`${drawn}.length > 0`, 'a pre-label')
      const task = await page.value(z.number(), 'window.Htx.task.id')
      expect(task).toBe(expected)
      const types = await page.value(z.array(z.string()), `${drawn}.map(({ type }) => type)`)
      expect(new Set(types)).toEqual(new Set([`${shape}region`]))
      const keep = process.env['SCREENSHOTS'] ?? folder
      await new Promise((resolve) => setTimeout(resolve, 1000))
      writeFileSync(join(keep, `label-studio-${shape}.png`), await page.screenshot())
    }
  })

  it('leaves both projects as they were, but for the annotations', async () => {
    for (const bench of benches) {
      const { project, shape } = bench
      const count = facts.annotations(project).length
      await suggest('disconnect', 'label-studio', '--project', `${project}`, '--data', server.data)
      expect(facts.setUp(project)).toEqual(before.get(shape))
      expect(facts.annotations(project).length).toBe(count)
    }
  })
})

const budgetOf = (id: string) => server.ask(budget, 'GET', `/v1/projects/${id}/budget`)

async function queueOf(id: string): Promise<string[]> {
  const { items } = await server.ask(queuePage, 'GET', `/v1/projects/${id}/queue?limit=500`)
  return items.map(({ taskKey }) => taskKey)
}
