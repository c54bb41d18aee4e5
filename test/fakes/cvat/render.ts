/** Bodies as the server sends them. */
import { date, dateOrNull } from './dates.ts'
import type {
  FakeDelivery,
  FakeJob,
  FakeLabel,
  FakeProject,
  FakeRequest,
  FakeTask,
  FakeWebhook,
} from './model.ts'
import { userOrNull } from './render-accounts.ts'
import type { FakeState } from './state.ts'

/** Who reads it decides what is told. */
export interface Reader {
  /** Address before `/api/...`; a worker knows none. */
  readonly base: string
  /** Pure job assignees and workers are not told the names of tasks and projects. */
  readonly isToldNames: boolean
}

/** What the server's background workers write. */
export const worker: Reader = { base: '', isToldNames: false }

export function renderLabel(label: FakeLabel) {
  return {
    id: label.id,
    name: label.name,
    color: label.color,
    attributes: label.attributes.map(({ inputType, defaultValue, ...rest }) => ({
      ...rest,
      input_type: inputType,
      default_value: defaultValue,
    })),
    type: label.type,
    sublabels: [],
    ...(label.project === null ? { task_id: label.task } : { project_id: label.project }),
    parent_id: null,
    has_parent: false,
  }
}

export function renderProject(state: FakeState, { base }: Reader, project: FakeProject) {
  const tasks = state.tasksOf(project.id)
  return {
    url: `${base}/api/projects/${project.id}`,
    id: project.id,
    name: project.name,
    owner: userOrNull(state, base, project.owner),
    assignee: userOrNull(state, base, project.assignee),
    guide_id: null,
    bug_tracker: project.bugTracker,
    created_date: date(project.created),
    updated_date: date(project.updated),
    status: 'annotation',
    dimension: tasks.some(({ isMade }) => isMade) ? '2d' : null,
    organization: project.organization,
    organization_id: project.organization,
    target_storage: null,
    source_storage: null,
    tasks: { count: tasks.length, url: `${base}/api/tasks?project_id=${project.id}` },
    labels: { url: `${base}/api/labels?project_id=${project.id}` },
    assignee_updated_date: null,
    task_subsets: [...new Set(tasks.map(({ subset }) => subset))].filter((name) => name !== ''),
  }
}

const made = (task: FakeTask) => ({
  dimension: task.isMade ? '2d' : '',
  mode: task.isMade ? 'annotation' : '',
  media_type: task.isMade ? 'image' : '',
})

export function renderTask(state: FakeState, reader: Reader, task: FakeTask) {
  const { base } = reader
  const { data } = task
  const jobs = state.jobsOf(task.id).filter(({ type }) => type === 'annotation')
  const count = (status: string) => jobs.filter((job) => statusOf(job) === status).length
  const finished = jobs.length > 0 && count('completed') === jobs.length
  return {
    url: `${base}/api/tasks/${task.id}`,
    id: task.id,
    name: task.name,
    project_id: task.project,
    project_name:
      task.project === null || !reader.isToldNames ? null : state.project(task.project).name,
    owner: userOrNull(state, base, task.owner),
    assignee: userOrNull(state, base, task.assignee),
    bug_tracker: task.bugTracker,
    created_date: date(task.created),
    updated_date: date(task.updated),
    overlap: task.overlap,
    segment_size: task.segmentSize,
    status: finished ? 'completed' : count('validation') > 0 ? 'validation' : 'annotation',
    guide_id: null,
    ...(data === null
      ? {}
      : { size: task.isMade ? data.images.length : 0, data_cloud_storage_id: data.cloudStorage }),
    ...(data !== null && task.isMade
      ? {
          data_chunk_size: data.chunkSize,
          data_original_chunk_type: 'imageset',
          data_compressed_chunk_type: 'imageset',
          image_quality: data.imageQuality,
        }
      : {}),
    data: data?.id ?? null,
    ...made(task),
    subset: task.subset,
    organization_id: task.organization,
    organization: task.organization,
    target_storage: null,
    source_storage: null,
    jobs: {
      count: jobs.length,
      completed: count('completed'),
      validation: count('validation'),
      url: `${base}/api/jobs?task_id=${task.id}`,
    },
    labels: { url: `${base}/api/labels?task_id=${task.id}` },
    assignee_updated_date: null,
    validation_mode: null,
    consensus_enabled: false,
  }
}

/** The legacy field, derived from stage and state. */
export function statusOf({ stage, state }: FakeJob): string {
  if (stage === 'annotation') return 'annotation'
  return stage === 'acceptance' && state === 'completed' ? 'completed' : 'validation'
}

export function renderJob(state: FakeState, reader: Reader, job: FakeJob) {
  const { base, isToldNames } = reader
  const task = state.task(job.task)
  const project = task.project === null ? undefined : state.project(task.project)
  const data = task.isMade ? task.data : null
  const replicas = state.replicas.get(job.id) ?? 0
  return {
    url: `${base}/api/jobs/${job.id}`,
    id: job.id,
    task_id: job.task,
    task_name: isToldNames ? task.name : null,
    project_id: task.project,
    project_name: isToldNames ? (project?.name ?? null) : null,
    assignee: userOrNull(state, base, job.assignee),
    guide_id: null,
    ...made(task),
    bug_tracker: task.bugTracker === '' ? (project?.bugTracker ?? '') : task.bugTracker,
    status: statusOf(job),
    stage: job.stage,
    state: job.state,
    // While the task is made the server has not counted yet, and says 1.
    frame_count: task.isMade ? (job.included?.length ?? job.stop - job.start + 1) : 1,
    start_frame: job.start,
    stop_frame: job.stop,
    data_chunk_size: data?.chunkSize ?? null,
    data_compressed_chunk_type: data === null ? '' : 'imageset',
    data_original_chunk_type: data === null ? '' : 'imageset',
    created_date: date(job.created),
    updated_date: date(job.updated),
    issues: base === '' ? null : { url: `${base}/api/issues?job_id=${job.id}`, count: 0 },
    labels: { url: `${base}/api/labels?job_id=${job.id}` },
    type: job.type,
    organization: task.organization,
    target_storage: null,
    source_storage: null,
    assignee_updated_date: dateOrNull(job.assigneeUpdated),
    parent_job_id: job.parent,
    replicas_count: replicas,
    consensus_replicas: replicas,
  }
}

/** Finished requests are kept for 500 seconds, failed ones for a year. */
const keptSeconds = { finished: 500, failed: 31_536_000 }

export function renderRequest(state: FakeState, request: FakeRequest) {
  const { id, username } = state.user(request.owner)
  const task = state.tasks.get(request.task)
  const { status, finished } = request
  const kept = status === 'finished' || status === 'failed' ? keptSeconds[status] : 0
  return {
    status,
    message: request.message,
    id: request.id,
    operation: {
      type: 'create:task',
      target: 'task',
      project_id: task?.project ?? null,
      task_id: request.task,
      job_id: null,
      org_id: task?.organization ?? null,
      format: null,
      lightweight: null,
    },
    progress: 0,
    created_date: date(request.created),
    started_date: dateOrNull(request.started),
    finished_date: dateOrNull(finished),
    expiry_date: finished === null ? null : date(finished + kept * 1e6),
    owner: { id, username },
    result_url: null,
    result_id: null,
  }
}

export function renderWebhook(state: FakeState, hook: FakeWebhook) {
  return {
    id: hook.id,
    url: `${state.address}/api/webhooks/${hook.id}`,
    target_url: hook.targetUrl,
    description: hook.description,
    type: hook.type,
    content_type: hook.contentType,
    is_active: hook.isActive,
    enable_ssl: hook.enableSsl,
    created_date: date(hook.created),
    updated_date: date(hook.updated),
    owner: userOrNull(state, state.address, hook.owner),
    project_id: hook.project,
    organization: hook.organization,
    events: [...hook.events].sort(),
  }
}

export function renderDelivery(delivery: FakeDelivery) {
  return {
    id: delivery.id,
    webhook_id: delivery.webhook,
    event: delivery.event,
    status_code: delivery.statusCode,
    redelivery: delivery.redelivery,
    attempt: delivery.attempt,
    request_duration: 10,
    created_date: date(delivery.created),
    updated_date: date(delivery.created),
    changed_fields: delivery.changedFields,
    request: delivery.payload,
    response: delivery.response,
  }
}
