/** A CVAT that keeps the rules of the real one (2.73.0), and can be made to fail. */
import type { Server } from 'node:http'
import { FakeAgents } from './cvat/agents.ts'
import { cvatApplication } from './cvat/application.ts'
import type {
  FakeJob,
  FakeOrganization,
  FakeProject,
  FakeShape,
  FakeTask,
  FakeUser,
  Role,
} from './cvat/model.ts'
import type { NuclioAddress } from './cvat/nuclio.ts'
import { Person } from './cvat/people.ts'
import { pictureSize } from './cvat/pictures.ts'
import type { Asked, OnRequest } from './cvat/reactions.ts'
import { FakeState } from './cvat/state.ts'

export interface FakeCvatOptions {
  /** Milliseconds since 1970. Dates of the fake never repeat and never go back, even when this does. */
  readonly now?: () => number
  /** Answers the agents' protocol of CVAT Online under /api/functions, which the free server has not. */
  readonly agents?: boolean
  /** Where automatic annotation is asked; without it there are no models. */
  readonly nuclio?: NuclioAddress
  /** How many questions after the making of a task are answered with "queued"; 0 unless given. */
  readonly queuedPolls?: number
}

export interface NewLabel {
  readonly name: string
  /** `mask`, `polygon`, `rectangle`, `any` ... */
  readonly type?: string
  readonly color?: string
}

export interface NewTask {
  readonly name?: string
  /** Frames per job; one job for all unless given. */
  readonly segmentSize?: number
  /** Frames that neighbouring jobs share; 0 unless given. */
  readonly overlap?: number
  /** Names of the images of each job, instead of a segment size. */
  readonly jobs?: readonly (readonly string[])[]
  readonly subset?: string
  readonly owner?: FakeUser
  /** Whether the images stay in the share, which they must be in. */
  readonly fromShare?: boolean
  /** Id of the cloud storage in which the images stay, which they must be in. */
  readonly fromCloud?: number
}

/** Opens a fake at a free port of 127.0.0.1; close it. */
export async function openFakeCvat(options: FakeCvatOptions = {}): Promise<FakeCvat> {
  const fake = new FakeCvat(options)
  await fake.listen()
  return fake
}

export class FakeCvat {
  readonly state: FakeState
  readonly agents: FakeAgents
  /** Every request, in order. */
  readonly asked: Asked[] = []
  /** Says what happens around a request. */
  onRequest: OnRequest = () => undefined
  readonly #server: Server

  constructor(options: FakeCvatOptions) {
    this.state = new FakeState(options.now ?? Date.now)
    this.state.nuclio = options.nuclio
    this.state.queuedPolls = options.queuedPolls ?? 0
    this.agents = new FakeAgents(this.state, options.agents ?? false)
    this.state.addUser('admin1', {
      isStaff: true,
      email: 'admin@example.com',
      password: 'admin-Passw0rd',
    })
    this.#server = cvatApplication(this).listen(0, '127.0.0.1')
  }

  /** @throws when the port is not open */
  async listen(): Promise<void> {
    if (!this.#server.listening) {
      await new Promise((resolve) => this.#server.once('listening', resolve))
    }
    const at = this.#server.address()
    if (at === null || typeof at === 'string') throw new Error('the fake has no port')
    this.state.address = `http://127.0.0.1:${at.port}`
  }

  async close(): Promise<void> {
    this.agents.close()
    this.state.deliveries.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    await this.state.deliveries.settled()
  }

  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  get address(): string {
    return this.state.address
  }

  /** Member of the staff, id 1. */
  get admin(): FakeUser {
    return this.state.user(1)
  }

  /** One without rights, until they own or are assigned something. */
  addUser(username: string, options: { readonly isStaff?: boolean } = {}): FakeUser {
    return this.state.addUser(username, options)
  }

  addOrganization(slug: string, owner: FakeUser = this.admin): FakeOrganization {
    return this.state.addOrganization(slug, slug, owner.id)
  }

  addMember(organization: FakeOrganization, user: FakeUser, role: Role): void {
    this.state.addMember(organization.id, user.id, role)
  }

  /** One label "gland" of type `mask` unless others are given. Tells webhooks of nothing. */
  addProject(
    name: string,
    labels: readonly NewLabel[] = [{ name: 'gland', type: 'mask' }],
    options: { readonly owner?: FakeUser; readonly organization?: FakeOrganization } = {},
  ): FakeProject {
    const project = this.state.addProject({
      name,
      owner: (options.owner ?? this.admin).id,
      organization: options.organization?.id ?? null,
    })
    for (const label of labels) this.state.addLabel({ project: project.id, task: null }, label)
    return project
  }

  /** Frames in the order given. Tells webhooks of nothing. @throws when a file is no PNG or JPEG */
  addTask(
    project: FakeProject,
    images: readonly { readonly name: string; readonly bytes: Uint8Array }[],
    options: NewTask = {},
  ): FakeTask {
    const task = this.state.addTask({
      name: options.name ?? 'pool',
      project: project.id,
      owner: (options.owner ?? this.admin).id,
      organization: project.organization,
      subset: options.subset ?? '',
      segmentSize: options.segmentSize ?? 0,
      overlap: options.overlap ?? 0,
    })
    const { fromShare = false, fromCloud: cloudStorage = null } = options
    const storage = cloudStorage !== null ? 'cloud_storage' : fromShare ? 'share' : 'local'
    this.state.startData(task, { storage, cloudStorage, imageQuality: 90, chunkSize: 72 })
    this.state.make(
      task,
      images.map(({ name, bytes }) => ({ name, bytes, ...pictureSize(bytes, name) })),
      options.jobs,
    )
    return task
  }

  /** A job that checks others: its frames are those of other jobs. */
  addGroundTruthJob(task: FakeTask, frames: readonly number[]): FakeJob {
    return this.state.addGroundTruthJob(task, frames)
  }

  /** A copy of a job for one more annotator. */
  addReplica(job: FakeJob): FakeJob {
    const { task, start, stop } = job
    return this.state.addJob({ task, start, stop, type: 'consensus_replica', parent: job.id })
  }

  /** Files on the server's share, by path, e.g. `pool/s0.png`. */
  get share(): Map<string, Uint8Array> {
    return this.state.share
  }

  /** Files of a cloud storage by path; made when it is first named. */
  cloud(id: number): Map<string, Uint8Array> {
    const files = this.state.clouds.get(id) ?? new Map<string, Uint8Array>()
    this.state.clouds.set(id, files)
    return files
  }

  /** What a person does in the editor: the same rules as over HTTP, and the same webhooks. */
  as(user: FakeUser): Person {
    return new Person(this.state, user)
  }

  job(id: number): FakeJob {
    return this.state.job(id)
  }

  /** All jobs of a project, by id. */
  jobs(project: FakeProject): FakeJob[] {
    return this.state
      .tasksOf(project.id)
      .flatMap((task) => this.state.jobsOf(task.id))
      .sort((a, b) => a.id - b.id)
  }

  shapes(job: number): readonly FakeShape[] {
    return this.state.job(job).shapes
  }

  /** How many requests came with this method and a path that matches. */
  count(method: string, path: RegExp): number {
    return this.asked.filter((one) => one.method === method && path.test(one.path)).length
  }

  /** Resolves when all webhooks that are under way have arrived or failed. */
  settled(): Promise<void> {
    return this.state.deliveries.settled()
  }

  /** Sends again what failed so that CVAT tries again (5xx, 408, 429, no connection). @returns how many */
  retryWebhooks(): Promise<number> {
    return this.state.deliveries.retry()
  }
}
