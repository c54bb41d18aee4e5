/** What the fake Label Studio knows. */
import { parsedConfiguration } from './configuration.ts'

export interface FakeUser {
  readonly id: number
  readonly email: string
  readonly legacyToken: string
  /** Signed into access and refresh tokens. */
  readonly refreshToken: string
}

export interface FakeProject {
  readonly id: number
  readonly title: string
  readonly configuration: string
  readonly parsed: ReturnType<typeof parsedConfiguration>
  readonly createdAt: string
  sampling: string
  modelVersion: string | null
  showPredictions: boolean
  maximumAnnotations: number
  skipQueue: 'REQUEUE_FOR_OTHERS' | 'REQUEUE_FOR_ME' | 'IGNORE_SKIPPED'
  description: string
}

export interface FakeTask {
  readonly id: number
  readonly project: number
  readonly innerId: number
  readonly createdAt: string
  data: Record<string, unknown>
  updatedAt: string
  /** Opened by this user and reserved. */
  lockedBy: number | undefined
}

export interface FakeAnnotation {
  readonly id: number
  readonly task: number
  readonly user: number
  readonly createdAt: string
  readonly parentPrediction: number | null
  updatedAt: string
  result: unknown[]
  wasCancelled: boolean
  groundTruth: boolean
  leadTime: number | null
}

export interface FakePrediction {
  readonly id: number
  readonly task: number
  readonly modelVersion: string
  readonly score: number | null
  readonly result: unknown[]
  readonly createdAt: string
}

export interface FakeDraft {
  readonly id: number
  readonly task: number
  readonly user: number
  readonly result: unknown[]
  readonly leadTime: number | null
  readonly createdAt: string
}

export interface FakeView {
  readonly id: number
  readonly project: number
  readonly data: unknown
}

export interface FakeHook {
  readonly id: number
  readonly project: number
  readonly createdAt: string
  url: string
  isActive: boolean
  sendPayload: boolean
  sendForAll: boolean
  headers: Record<string, string>
  actions: string[]
  updatedAt: string
}

export interface FakeBackend {
  readonly id: number
  readonly project: number
  readonly url: string
  readonly title: string
  readonly user: string
  readonly password: string
  readonly isInteractive: boolean
  readonly modelVersion: string
  readonly createdAt: string
}

export class FakeState {
  readonly users: FakeUser[] = []
  readonly projects = new Map<number, FakeProject>()
  readonly tasks = new Map<number, FakeTask>()
  readonly annotations = new Map<number, FakeAnnotation>()
  readonly predictions = new Map<number, FakePrediction>()
  readonly drafts = new Map<number, FakeDraft>()
  readonly views = new Map<number, FakeView>()
  readonly hooks = new Map<number, FakeHook>()
  readonly backends = new Map<number, FakeBackend>()
  /** Uploaded files by address. */
  readonly files = new Map<string, Uint8Array>()
  areLegacyTokensOn = true
  /** Added to the clock, milliseconds. */
  lateMs = 0
  /** Rows of bulk imports that are found wrong, beside those that are. */
  isDropped: (task: number) => boolean = () => false
  readonly #innerIds = new Map<number, number>()
  readonly #predictionsByTask = new Map<number, FakePrediction[]>()
  #last = 0
  #stamps = 0

  now(): number {
    return Date.now() + this.lateMs
  }

  /** With microseconds, each later than the one before. */
  stamp(): string {
    this.#stamps = (this.#stamps + 1) % 1000
    const micro = String(this.#stamps).padStart(3, '0')
    return new Date(this.now()).toISOString().replace('Z', `${micro}Z`)
  }

  id(): number {
    this.#last += 1
    return this.#last
  }

  addProject(title: string, configuration: string, sampling = 'Sequential sampling'): FakeProject {
    const project: FakeProject = {
      id: this.id(),
      title,
      configuration,
      parsed: parsedConfiguration(configuration),
      createdAt: this.stamp(),
      sampling,
      modelVersion: '',
      showPredictions: true,
      maximumAnnotations: 1,
      skipQueue: 'REQUEUE_FOR_OTHERS',
      description: '',
    }
    this.projects.set(project.id, project)
    return project
  }

  addTask(project: number, data: Record<string, unknown>): FakeTask {
    const innerId = (this.#innerIds.get(project) ?? 0) + 1
    this.#innerIds.set(project, innerId)
    const createdAt = this.stamp()
    const id = this.id()
    const task = {
      id,
      project,
      innerId,
      createdAt,
      data,
      updatedAt: createdAt,
      lockedBy: undefined,
    }
    this.tasks.set(id, task)
    return task
  }

  tasksOf(project: number): FakeTask[] {
    return [...this.tasks.values()].filter((task) => task.project === project)
  }

  annotationsOf(task: number): FakeAnnotation[] {
    return [...this.annotations.values()].filter((one) => one.task === task)
  }

  predictionsOf(task: number): readonly FakePrediction[] {
    return this.#predictionsByTask.get(task) ?? []
  }

  addPrediction(one: Omit<FakePrediction, 'id' | 'createdAt'>): FakePrediction {
    const prediction = { ...one, id: this.id(), createdAt: this.stamp() }
    this.predictions.set(prediction.id, prediction)
    const own = this.#predictionsByTask.get(one.task) ?? []
    this.#predictionsByTask.set(one.task, own)
    own.push(prediction)
    return prediction
  }

  deletePrediction({ id, task }: FakePrediction): void {
    this.predictions.delete(id)
    const own = this.predictionsOf(task).filter((one) => one.id !== id)
    this.#predictionsByTask.set(task, own)
  }

  draftsOf(task: number): FakeDraft[] {
    return [...this.drafts.values()].filter((one) => one.task === task)
  }

  /** Number of predictions by version. */
  versions(project: number): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { task, modelVersion } of this.predictions.values()) {
      if (this.tasks.get(task)?.project !== project) continue
      counts.set(modelVersion, (counts.get(modelVersion) ?? 0) + 1)
    }
    return counts
  }

  isFinished(task: FakeTask): boolean {
    const project = this.projects.get(task.project)
    const counts = this.annotationsOf(task.id).filter(
      ({ wasCancelled }) => !wasCancelled || project?.skipQueue === 'IGNORE_SKIPPED',
    )
    return counts.length >= (project?.maximumAnnotations ?? 1)
  }
}
