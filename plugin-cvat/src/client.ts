/** The calls to CVAT that the plugin makes (contract sections 2 to 6, 9). */
import { createHttp, type HttpOptions } from '@suggestive/shared/http'
import { type AgentCalls, agentCalls } from './client/agents.ts'
import { annotationCalls } from './client/annotations.ts'
import { createCaller } from './client/call.ts'
import { creationCalls } from './client/creation.ts'
import { authorizationFor } from './client/credentials.ts'
import { fileCalls } from './client/files.ts'
import { jobCalls } from './client/jobs.ts'
import { projectCalls } from './client/projects.ts'
import { taskCalls } from './client/tasks.ts'
import { webhookCalls } from './client/webhooks.ts'
import type * as wire from './client/wire.ts'

export interface ClientOptions extends Pick<HttpOptions, 'pause' | 'timeoutMs' | 'attempts'> {
  /** Where CVAT is, with the prefix that it may have; without `/api`. */
  readonly address: string
  readonly credentials: Credentials
  /** Short name of the organisation; absent: the personal workspace and whatever is visible. */
  readonly organization?: string
}

export type Credentials =
  /** A personal access token (recommended) or the key of a login; told apart by trying `Bearer`, then `Token`. */
  { readonly token: string } | { readonly username: string; readonly password: string }

/** Narrowing of a list of jobs; `undefined` fields do not narrow. */
export interface JobQuery {
  readonly project?: number
  readonly task?: number
  /** Sort names of the contract only: unknown ones would be ignored. */
  readonly sort?: 'id' | '-id' | 'updated_date' | '-updated_date'
  readonly pageSize?: number
}

export interface JobChange {
  /** Id of a user that exists (an unknown one is a 500); null: nobody. */
  readonly assignee?: number | null
}

export interface TaskCreation {
  readonly name: string
  readonly project: number
  /** Absent with `groups`. */
  readonly segmentSize?: number
  readonly subset?: string
}

/** Where the frames of a new task come from, in their order. */
export type TaskData =
  | {
      readonly from: 'share' | 'cloud'
      readonly cloudStorage?: number
      /** Paths within the share or storage. */
      readonly files: readonly string[]
      /** One job each; absent: by the segment size. */
      readonly groups?: readonly (readonly string[])[]
    }
  | {
      readonly from: 'upload'
      /** Names are unique. Read one at a time, so that a large set is never in memory. */
      readonly files: readonly string[]
      read(name: string, signal: AbortSignal): Promise<Uint8Array>
      readonly groups?: readonly (readonly string[])[]
    }

export interface WebhookSettings {
  readonly target_url: string
  readonly project_id: number
  /** At most 64 characters. */
  readonly secret: string
  readonly enable_ssl: boolean
  readonly events: readonly string[]
  readonly is_active: boolean
}

/**
 * Failures are Problems that an administrator of CVAT understands: `unauthorised`, `forbidden`, `not-found`, `wrong-use`
 * (a 400, with CVAT's own words), `tool-failed`. Only what changes nothing when repeated is repeated.
 */
export interface Client {
  /** What no message may contain. */
  secrets(): readonly string[]
  /** Of the agents' protocol, which open-source servers do not have. */
  readonly agents: AgentCalls

  /** Of the server, e.g. `2.73.0`. */
  version(signal: AbortSignal): Promise<string>
  self(signal: AbortSignal): Promise<wire.User>
  /** Exact user names; those that do not exist are missing in the answer. */
  users(names: readonly string[], signal: AbortSignal): Promise<readonly wire.User[]>
  /** Of the organisation; empty in a personal workspace. */
  members(signal: AbortSignal): Promise<readonly wire.Membership[]>

  projects(signal: AbortSignal): AsyncIterable<readonly wire.Project[]>
  project(id: number, signal: AbortSignal): Promise<wire.Project>
  labels(project: number, signal: AbortSignal): Promise<readonly wire.LabelDefinition[]>

  tasks(project: number, signal: AbortSignal): Promise<readonly wire.Task[]>
  task(id: number, signal: AbortSignal): Promise<wire.Task>
  /** Frames in the task's order, sizes in pixels. */
  taskMeta(task: number, signal: AbortSignal): Promise<wire.DataMeta>
  /** "View bug tracker" in the menus: an address, or empty. */
  setBugTracker(task: number, url: string, signal: AbortSignal): Promise<void>
  /** Creates, sends or names the frames, waits until it is there. A creation that failed leaves nothing behind. @returns its id */
  createTask(creation: TaskCreation, data: TaskData, signal: AbortSignal): Promise<number>
  deleteTask(id: number, signal: AbortSignal): Promise<void>
  /** Files of the server's share below a folder (all depths), as paths for `createTask`. */
  shareFiles(folder: string, signal: AbortSignal): Promise<readonly string[]>

  /** Pages, at least 500 jobs each; all types of jobs. */
  jobs(query: JobQuery, signal: AbortSignal): AsyncIterable<readonly wire.Job[]>
  job(id: number, signal: AbortSignal): Promise<wire.Job>
  changeJob(id: number, change: JobChange, signal: AbortSignal): Promise<wire.Job>
  /**
   * A change of nothing: only `updated_date` moves.
   *
   * @param known the job as read just now, else it is read once more
   */
  touchJob(id: number, signal: AbortSignal, known?: Pick<wire.Job, 'assignee'>): Promise<wire.Job>

  /** Of one job. */
  annotations(job: number, signal: AbortSignal): Promise<wire.Annotations>
  /** Appends; the answer is in the order sent, with ids. Never repeated by itself. */
  createShapes(
    job: number,
    shapes: readonly wire.NewShape[],
    signal: AbortSignal,
  ): Promise<readonly wire.Shape[]>
  /** Shapes whole, as read. */
  deleteShapes(job: number, shapes: readonly wire.Shape[], signal: AbortSignal): Promise<void>

  /** The exact bytes that were uploaded. @throws Problem `unreadable-input` when there is no such frame any more */
  frame(task: number, frame: number, signal: AbortSignal): Promise<Uint8Array>
  /** Frames `chunk * chunk_size ...` of the task in stored order, original bytes (contract section 4). */
  chunk(task: number, chunk: number, signal: AbortSignal): Promise<readonly Uint8Array[]>

  webhooks(project: number, signal: AbortSignal): Promise<readonly wire.Webhook[]>
  addWebhook(settings: WebhookSettings, signal: AbortSignal): Promise<wire.Webhook>
  changeWebhook(
    id: number,
    settings: Partial<WebhookSettings>,
    signal: AbortSignal,
  ): Promise<wire.Webhook>
  deleteWebhook(id: number, signal: AbortSignal): Promise<void>
  pingWebhook(id: number, signal: AbortSignal): Promise<void>
  /** The newest 100, newest first. */
  deliveries(id: number, signal: AbortSignal): Promise<readonly wire.Delivery[]>
}

/** Nothing is sent before the first call. */
export function createClient(options: ClientOptions): Client {
  const { address, credentials, organization, ...settings } = options
  const authorization = authorizationFor(credentials)
  const secrets = () => authorization.secrets
  const http = createHttp({ ...settings, name: 'CVAT', address, secrets })
  const caller = createCaller(http, authorization, organization)
  /** Ids of users that exist: assigning a job to another is a 500. */
  const known = new Set<number>()
  return {
    secrets,
    agents: agentCalls(caller, { address, authorization, organization }),
    ...projectCalls(caller, known, organization),
    ...taskCalls(caller),
    ...creationCalls(caller, options.pause),
    ...jobCalls(caller, known),
    ...annotationCalls(caller),
    ...fileCalls(caller),
    ...webhookCalls(caller),
  }
}
