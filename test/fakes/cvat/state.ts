/** What the fake CVAT knows, and how things come into being. */
import { createHash } from 'node:crypto'
import { Deliveries } from './deliveries.ts'
import type {
  FakeAttribute,
  FakeData,
  FakeImage,
  FakeJob,
  FakeLabel,
  FakeMembership,
  FakeOrganization,
  FakeProject,
  FakeRequest,
  FakeTask,
  FakeUser,
  FakeWebhook,
  Role,
} from './model.ts'
import type { NuclioAddress } from './nuclio.ts'
import { found } from './refusal.ts'
import { segments } from './segments.ts'

type Kind =
  | 'attribute'
  | 'data'
  | 'delivery'
  | 'job'
  | 'label'
  | 'mark'
  | 'member'
  | 'organization'
  | 'project'
  | 'shape'
  | 'task'
  | 'token'
  | 'user'
  | 'webhook'

export class FakeState {
  address = 'http://127.0.0.1'
  nuclio: NuclioAddress | undefined
  queuedPolls = 0
  readonly users = new Map<number, FakeUser>()
  /** Those made over HTTP, by their secret; each user has one besides. */
  readonly personalTokens = new Map<
    string,
    { readonly user: number; readonly isReadOnly: boolean }
  >()
  readonly organizations = new Map<number, FakeOrganization>()
  readonly members: FakeMembership[] = []
  readonly projects = new Map<number, FakeProject>()
  readonly labels = new Map<number, FakeLabel>()
  readonly tasks = new Map<number, FakeTask>()
  readonly jobs = new Map<number, FakeJob>()
  /** How many copies a job has; those without are left out. */
  readonly replicas = new Map<number, number>()
  readonly requests = new Map<string, FakeRequest>()
  readonly webhooks = new Map<number, FakeWebhook>()
  /** Files of the server's share by path, without a slash at the beginning. */
  readonly share = new Map<string, Uint8Array>()
  /** Files of cloud storages that the server may read, by the storage's id. */
  readonly clouds = new Map<number, Map<string, Uint8Array>>()
  /** Files that clients sent for a task that is not made yet, in the order sent. */
  readonly uploads = new Map<number, Map<string, Uint8Array>>()
  readonly deliveries: Deliveries
  readonly #now: () => number
  readonly #ids = new Map<Kind, number>()
  readonly #jobsByTask = new Map<number, FakeJob[]>()
  #lastStamp = 0

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
    this.deliveries = new Deliveries(this)
  }

  /** Microseconds since 1970, each later than the one before. */
  stamp(): number {
    this.#lastStamp = Math.max(this.#lastStamp + 1, Math.round(this.#now() * 1000))
    return this.#lastStamp
  }

  id(kind: Kind): number {
    const id = (this.#ids.get(kind) ?? 0) + 1
    this.#ids.set(kind, id)
    return id
  }

  addUser(
    username: string,
    options: {
      readonly isStaff?: boolean
      readonly password?: string
      readonly email?: string
      readonly firstName?: string
      readonly lastName?: string
    },
  ): FakeUser {
    const id = this.id('user')
    const secret = createHash('sha256').update(`fake ${id}`).digest('hex')
    const user = {
      id,
      username,
      password: options.password ?? `${username}-Passw0rd`,
      email: options.email ?? `${username}@example.com`,
      firstName: options.firstName ?? '',
      lastName: options.lastName ?? '',
      isStaff: options.isStaff ?? false,
      token: secret.slice(0, 40),
      personalToken: `${secret.slice(40, 48)}.${secret.slice(0, 32)}`,
      joined: this.stamp(),
      lastLogin: null,
    }
    this.users.set(id, user)
    return user
  }

  addOrganization(slug: string, name: string, owner: number): FakeOrganization {
    const id = this.id('organization')
    const organization = { id, slug, name, owner, created: this.stamp() }
    this.organizations.set(id, organization)
    this.addMember(id, owner, 'owner')
    return organization
  }

  addMember(organization: number, user: number, role: Role): FakeMembership {
    const id = this.id('member')
    const invitation =
      role === 'owner' ? null : createHash('sha256').update(`invitation ${id}`).digest('hex')
    const member = { id, organization, user, role, joined: this.stamp(), invitation }
    this.members.push(member)
    return member
  }

  addProject(one: Pick<FakeProject, 'name' | 'owner' | 'organization'>): FakeProject {
    const created = this.stamp()
    const project = {
      ...one,
      id: this.id('project'),
      created,
      updated: this.stamp(),
      assignee: null,
      bugTracker: '',
    }
    this.projects.set(project.id, project)
    return project
  }

  addLabel(
    of: { readonly project: number | null; readonly task: number | null },
    label: {
      readonly name: string
      readonly type?: string | undefined
      readonly color?: string | undefined
      readonly attributes?: readonly Omit<FakeAttribute, 'id'>[]
    },
  ): FakeLabel {
    const id = this.id('label')
    const made: FakeLabel = {
      ...of,
      id,
      name: label.name,
      type: label.type ?? 'any',
      color: label.color ?? `#${createHash('md5').update(label.name).digest('hex').slice(0, 6)}`,
      attributes: (label.attributes ?? []).map((one) => ({ ...one, id: this.id('attribute') })),
    }
    this.labels.set(id, made)
    return made
  }

  addTask(
    one: Pick<FakeTask, 'name' | 'project' | 'owner' | 'organization'> &
      Partial<FakeTask> & { readonly segmentSize: number },
  ): FakeTask {
    const created = this.stamp()
    const task: FakeTask = {
      subset: '',
      overlap: null,
      bugTracker: '',
      assignee: null,
      ...one,
      id: this.id('task'),
      created,
      updated: this.stamp(),
      data: null,
      isMade: false,
    }
    this.tasks.set(task.id, task)
    return task
  }

  startData(
    task: FakeTask,
    one: Pick<FakeData, 'storage' | 'cloudStorage' | 'imageQuality' | 'chunkSize'>,
  ): FakeData {
    const id = this.id('data')
    const data = { ...one, id, images: [], deletedFrames: [], chunksUpdated: this.stamp() }
    task.data = data
    return data
  }

  /**
   * Gives a task its frames and jobs.
   * @param groups names of the images of each job
   * @param onJob called for each job, while the task is still being made
   */
  make(
    task: FakeTask,
    images: readonly FakeImage[],
    groups?: readonly (readonly string[])[],
    onJob: (job: FakeJob) => void = () => undefined,
  ): void {
    if (task.data === null) throw new Error(`task ${task.id} has no data`)
    task.data.images = images
    const parts =
      groups === undefined
        ? segments(images.length, task.segmentSize, task.overlap ?? 0)
        : segments(images.length, groups)
    const [first] = parts
    if (groups === undefined && task.segmentSize === 0 && first !== undefined) {
      task.segmentSize = images.length
    }
    task.overlap ??= 0
    for (const { start, stop } of parts) onJob(this.addJob({ task: task.id, start, stop }))
    task.isMade = true
    task.updated = this.stamp()
  }

  addJob(one: Pick<FakeJob, 'task' | 'start' | 'stop'> & Partial<FakeJob>): FakeJob {
    const created = this.stamp()
    const job: FakeJob = {
      type: 'annotation',
      parent: null,
      included: null,
      assignee: null,
      assigneeUpdated: null,
      stage: 'annotation',
      state: 'new',
      shapes: [],
      tags: [],
      tracks: [],
      ...one,
      id: this.id('job'),
      created,
      updated: this.stamp(),
    }
    this.jobs.set(job.id, job)
    const jobs = this.#jobsByTask.get(job.task) ?? []
    this.#jobsByTask.set(job.task, jobs)
    jobs.push(job)
    if (job.parent !== null) {
      this.replicas.set(job.parent, (this.replicas.get(job.parent) ?? 0) + 1)
    }
    return job
  }

  addGroundTruthJob(task: FakeTask, frames: readonly number[]): FakeJob {
    const included = [...frames].sort((a, b) => a - b)
    const stop = (task.data?.images.length ?? 0) - 1
    return this.addJob({ task: task.id, type: 'ground_truth', start: 0, stop, included })
  }

  deleteJob(job: FakeJob): void {
    this.jobs.delete(job.id)
    const others = this.jobsOf(job.task).filter((one) => one !== job)
    this.#jobsByTask.set(job.task, others)
  }

  deleteTask(task: FakeTask): void {
    for (const job of this.jobsOf(task.id)) this.jobs.delete(job.id)
    this.#jobsByTask.delete(task.id)
    this.tasks.delete(task.id)
    this.uploads.delete(task.id)
  }

  user = (id: number): FakeUser => found(this.users.get(id), 'User')
  project = (id: number): FakeProject => found(this.projects.get(id), 'Project')
  task = (id: number): FakeTask => found(this.tasks.get(id), 'Task')
  job = (id: number): FakeJob => found(this.jobs.get(id), 'Job')
  webhook = (id: number): FakeWebhook => found(this.webhooks.get(id), 'Webhook')

  tasksOf(project: number): FakeTask[] {
    return [...this.tasks.values()].filter((task) => task.project === project)
  }

  jobsOf(task: number): readonly FakeJob[] {
    return this.#jobsByTask.get(task) ?? []
  }

  labelsOf(task: FakeTask): FakeLabel[] {
    return [...this.labels.values()].filter((label) =>
      task.project === null ? label.task === task.id : label.project === task.project,
    )
  }
}
