/** One project of the fake CVAT behind the product: what people do in it, and what the product says about it. */
import { pageOf } from '@suggestive/shared/protocol'
import { labelRecord } from '@suggestive/shared/protocol/label'
import { model, rollbackReply } from '@suggestive/shared/protocol/model'
import { project as projectForm } from '@suggestive/shared/protocol/project'
import { queuePage } from '@suggestive/shared/protocol/queue'
import { round as roundForm } from '@suggestive/shared/protocol/round'
import { z } from 'zod'
import type { FakeJob, FakeProject, FakeUser } from '../fakes/cvat/model.ts'
import type { FakeCvat } from '../fakes/cvat.ts'
import type { People } from './cvat-e2e-people.ts'
import type { Product } from './cvat-e2e-serve.ts'

const status = z.looseObject({
  nuclio: z.string().nullable(),
  projects: z.array(
    z.looseObject({
      id: z.int(),
      phase: z.string(),
      applied: z.int(),
      imagesWaiting: z.int(),
      mode: z.string().nullable(),
      orderLink: z.string(),
      problems: z.array(z.unknown()),
      faults: z.array(z.string()),
    }),
  ),
})

/** Small ones: two batches and a bit are shown. */
const settings = { k: 8, candidates: 16, depth: 3, profile: 'quick', scale: 1, seed: 7 }
/** Ranks that CVAT shows before there is a model. */
const coldStart = 64

export class E2eBench {
  readonly fake: FakeCvat
  readonly project: FakeProject
  readonly people: People
  /** The one that runs now. */
  readonly product: () => Product

  constructor(fake: FakeCvat, project: FakeProject, people: People, product: () => Product) {
    this.fake = fake
    this.project = project
    this.people = people
    this.product = product
  }

  /** Connects by the command line, and waits for the first order. @returns what it printed */
  async connect(...words: string[]): Promise<string> {
    const said = await this.connectOnly(...words)
    await this.ready()
    return said
  }

  /** Waits for the first order, and sets how large batches are. */
  async ready(): Promise<void> {
    const { until, ask } = this.product()
    await until('the project in the sidecar', async () => (await this.#found()) !== undefined)
    await ask(projectForm, 'PATCH', `${await this.path()}`, { settings })
    await until('a first order of all', async () => {
      const { tasks, labelled, inProgress } = (await this.view()).counts
      return (await this.queue()).queue.length >= Math.max(1, tasks - labelled - inProgress)
    })
    await this.served()
  }

  connectOnly(...words: string[]): Promise<string> {
    const { address, admin } = this.fake
    const at = ['--url', address, '--token', admin.personalToken, '--project', `${this.project.id}`]
    return this.product().suggest('connect', 'cvat', ...at, ...words)
  }

  disconnect(): Promise<string> {
    return this.product().suggest('disconnect', 'cvat', '--project', `${this.project.id}`)
  }

  async #found() {
    const { items } = await this.product().ask(pageOf(projectForm), 'GET', '/v1/projects?limit=100')
    return items.find(({ toolProject }) => toolProject?.endsWith(`/projects/${this.project.id}`))
  }

  async path(): Promise<string> {
    const found = await this.#found()
    if (found === undefined) throw new Error('the sidecar does not know the project')
    return `/v1/projects/${found.id}`
  }

  async view() {
    return this.product().ask(projectForm, 'GET', await this.path())
  }

  async queue() {
    return this.product().ask(queuePage, 'GET', `${await this.path()}/queue?limit=500`)
  }

  /** The tasks that CVAT shows in this order, as far as nobody works on them. */
  async head(): Promise<readonly string[]> {
    const { queue, items } = await this.queue()
    const shown = queue.modelDigest === null ? coldStart : queue.published
    return items.slice(0, shown).map(({ taskKey }) => taskKey)
  }

  async pluginStatus() {
    const reply = await fetch(`${this.product().plugin().address}/api/status`)
    return status.parse(await reply.json())
  }

  async status() {
    const { projects } = await this.pluginStatus()
    const found = projects.find(({ id }) => id === this.project.id)
    if (found === undefined) throw new Error('the plugin does not know the project')
    return found
  }

  /** Waits until CVAT shows the newest order. */
  async served(): Promise<void> {
    await this.product().until('the newest order in CVAT', async () => {
      const { applied, phase } = await this.status()
      return phase === 'running' && applied === (await this.view()).queueRevision
    })
    await this.fake.settled()
  }

  /** Waits for a round and its order in CVAT. */
  async round(number: number) {
    const path = `${await this.path()}/rounds/${number}`
    const read = () => this.product().ask(roundForm, 'GET', path)
    await this.product().until(`round ${number}`, async () => (await read()).state === 'finished')
    await this.served()
    return read()
  }

  /** Digests by round, from the first one. */
  async models(): Promise<readonly string[]> {
    const { items } = await this.product().ask(pageOf(model), 'GET', `${await this.path()}/models`)
    return items.toSorted((a, b) => a.round - b.round).map(({ digest }) => digest)
  }

  /** The order of an earlier round is published again. */
  async rollback(digest: string): Promise<void> {
    const path = `${await this.path()}/models/${digest}/rollback`
    await this.product().ask(rollbackReply, 'POST', path)
  }

  async labels() {
    const path = `${await this.path()}/annotations?limit=500`
    return (await this.product().ask(pageOf(labelRecord), 'GET', path)).items
  }

  /** Of `suggest links`, by user. */
  async links(): Promise<ReadonlyMap<string, string>> {
    const said = await this.product().suggest('links', '--project', `${this.project.id}`)
    return new Map(
      [...said.matchAll(/^project \d+ +(\S+) +(http\S+)$/gm)].map(([, name = '', link = '']) => [
        name,
        link,
      ]),
    )
  }

  /** What the fake holds, by the product's name of a frame. */
  jobOf(taskKey: string): FakeJob {
    const [task, frame = 0] = taskKey.split('-').map(Number)
    const found = this.fake
      .jobs(this.project)
      .find((one) => one.task === task && one.start <= frame && frame <= one.stop)
    if (found === undefined) throw new Error(`no job holds ${taskKey}`)
    return found
  }

  /** Jobs of the order that nobody works on. */
  async free(): Promise<FakeJob[]> {
    const head = (await this.head()).map((key) => this.jobOf(key))
    return head.filter(({ state, shapes }) => {
      return state === 'new' && shapes.every(({ source }) => source === 'auto')
    })
  }

  /** Jobs that a user sees, as CVAT's own page asks for them: in the order of their dates. */
  async listed(user: FakeUser): Promise<FakeJob[]> {
    const query = `project_id=${this.project.id}&sort=updated_date&page_size=all`
    const reply = await fetch(`${this.fake.address}/api/jobs?${query}`, {
      headers: { Authorization: `Token ${user.token}` },
    })
    const { results } = listed.parse(await reply.json())
    return results.map(({ id }) => this.fake.job(id))
  }
}

const listed = z.looseObject({ results: z.array(z.looseObject({ id: z.int() })) })

/** Where a personal link leads: the job. @throws when it leads nowhere */
export async function follow(link: string): Promise<number> {
  const reply = await fetch(link, { redirect: 'manual' })
  const [, job] = /\/jobs\/(\d+)\?frame=\d+$/.exec(reply.headers.get('location') ?? '') ?? []
  if (job === undefined) throw new Error(`${reply.status}: ${(await reply.text()).slice(-300)}`)
  return Number(job)
}
