/** What the fake CVAT keeps of accounts, projects, tasks, jobs and annotations. Dates are microseconds since 1970. */

export type Stage = 'annotation' | 'validation' | 'acceptance'
export type State = 'new' | 'in progress' | 'completed' | 'rejected'
export type JobType = 'annotation' | 'ground_truth' | 'consensus_replica'
export type Role = 'owner' | 'maintainer' | 'supervisor' | 'worker'

export interface FakeUser {
  readonly id: number
  readonly username: string
  readonly password: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly isStaff: boolean
  /** For `Authorization: Token`. */
  readonly token: string
  /** For `Authorization: Bearer`. */
  readonly personalToken: string
  readonly joined: number
  lastLogin: number | null
}

export interface FakeOrganization {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly owner: number
  readonly created: number
}

export interface FakeMembership {
  readonly id: number
  readonly organization: number
  readonly user: number
  readonly role: Role
  readonly joined: number
  /** Key of the invitation; the owner has none. */
  readonly invitation: string | null
}

export interface FakeLabel {
  readonly id: number
  /** The one that it belongs to, a project or a task without a project. */
  readonly project: number | null
  readonly task: number | null
  name: string
  color: string
  readonly type: string
  readonly attributes: readonly FakeAttribute[]
}

export interface FakeAttribute {
  readonly id: number
  readonly name: string
  readonly mutable: boolean
  readonly inputType: string
  readonly defaultValue: string
  readonly values: readonly string[]
}

export interface FakeProject {
  readonly id: number
  name: string
  readonly owner: number
  readonly organization: number | null
  readonly created: number
  assignee: number | null
  bugTracker: string
  updated: number
}

export interface FakeImage {
  /** Path within the upload or the share. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Pixels. */
  readonly width: number
  readonly height: number
}

export interface FakeData {
  readonly id: number
  /** In the order of the frames; empty until the task is made. */
  images: readonly FakeImage[]
  deletedFrames: readonly number[]
  readonly chunkSize: number
  readonly imageQuality: number
  readonly storage: 'local' | 'share' | 'cloud_storage'
  readonly cloudStorage: number | null
  chunksUpdated: number
}

export interface FakeTask {
  readonly id: number
  name: string
  readonly project: number | null
  readonly owner: number
  readonly organization: number | null
  readonly created: number
  assignee: number | null
  bugTracker: string
  subset: string
  overlap: number | null
  segmentSize: number
  /** Null until files were sent. */
  data: FakeData | null
  /** Whether its frames and jobs are there. */
  isMade: boolean
  updated: number
}

export interface FakeJob {
  readonly id: number
  readonly task: number
  readonly type: JobType
  readonly parent: number | null
  /** First and last frame, both included, counted within the task. */
  readonly start: number
  readonly stop: number
  /** Frames of a ground truth job; null: all from `start` to `stop`. */
  readonly included: readonly number[] | null
  readonly created: number
  assignee: number | null
  assigneeUpdated: number | null
  stage: Stage
  state: State
  updated: number
  shapes: FakeShape[]
  tags: FakeMark[]
  tracks: FakeMark[]
}

/** As the server stores it and tells it, in its own names. */
export interface FakeShape {
  readonly id: number
  readonly type: string
  readonly frame: number
  readonly label_id: number
  readonly group: number | null
  readonly source: string
  /** 0 to 1. */
  readonly score: number
  readonly occluded: boolean
  readonly outside: boolean
  readonly z_order: number
  readonly rotation: number
  /** Mask: runs, then left, top, right, bottom, inclusive pixels. Others: x, y, x, y, ... */
  readonly points: readonly number[]
  readonly attributes: readonly unknown[]
  readonly elements: readonly unknown[]
}

/** A tag or a track: kept, not understood. */
export interface FakeMark {
  readonly id: number
  readonly [name: string]: unknown
}

/** What a person draws; the rest has the values of the editor. */
export type DrawnShape = Partial<Omit<FakeShape, 'id'>> &
  Pick<FakeShape, 'type' | 'frame' | 'label_id' | 'points'>

export interface FakeRequest {
  /** `action=create&target=task&target_id=1` */
  readonly id: string
  readonly owner: number
  readonly task: number
  readonly created: number
  /** Questions that are still answered with "queued" before the work is done. */
  pollsLeft: number
  readonly work: () => void
  status: 'queued' | 'started' | 'finished' | 'failed'
  /** A Python exception when it failed. */
  message: string
  started: number | null
  finished: number | null
}

export interface FakeWebhook {
  readonly id: number
  readonly owner: number
  readonly type: 'project' | 'organization'
  readonly project: number | null
  readonly organization: number | null
  readonly created: number
  targetUrl: string
  description: string
  secret: string
  contentType: string
  enableSsl: boolean
  isActive: boolean
  events: readonly string[]
  updated: number
}

export interface FakeDelivery {
  readonly id: number
  readonly webhook: number
  readonly event: string
  readonly statusCode: number
  readonly redelivery: boolean
  /** From 1. */
  readonly attempt: number
  readonly created: number
  readonly changedFields: string
  /** What was sent. */
  readonly payload: object
  readonly response: string
}
