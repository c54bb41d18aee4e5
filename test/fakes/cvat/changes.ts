/** Changes of projects, tasks and jobs, and the webhooks that tell of them. */

import { date, dateOrNull } from './dates.ts'
import type { FakeJob, FakeProject, FakeTask, FakeUser } from './model.ts'
import { type Reader, renderJob, renderProject, renderTask, statusOf } from './render.ts'
import { renderBasicUser } from './render-accounts.ts'
import type { FakeState } from './state.ts'

type Columns = Readonly<Record<string, unknown>>

/** The server's process, which answers a request. */
export const server = (state: FakeState): Reader => ({ base: state.address, isToldNames: true })

/** Everything below sets `updated`, also where nothing else changes. */
export function changeJob(
  state: FakeState,
  sender: FakeUser,
  job: FakeJob,
  change: (job: FakeJob) => void = () => undefined,
  reader: Reader = server(state),
): void {
  const changed = withStamp(state, job, jobColumns, change)
  const payload = { job: renderJob(state, reader, job), sender: senderOf(sender, reader) }
  state.deliveries.tell('update:job', state.task(job.task), { ...payload, ...changed })
}

/** A change of a task touches its project, too. */
export function changeTask(
  state: FakeState,
  sender: FakeUser,
  task: FakeTask,
  change: (task: FakeTask) => void = () => undefined,
  reader: Reader = server(state),
): void {
  const changed = withStamp(state, task, taskColumns, change)
  const payload = { task: renderTask(state, reader, task), sender: senderOf(sender, reader) }
  state.deliveries.tell('update:task', task, { ...payload, ...changed })
  if (task.project !== null) {
    changeProject(state, sender, state.project(task.project), undefined, reader)
  }
}

export function changeProject(
  state: FakeState,
  sender: FakeUser,
  project: FakeProject,
  change: (project: FakeProject) => void = () => undefined,
  reader: Reader = server(state),
): void {
  const changed = withStamp(state, project, projectColumns, change)
  const told = renderProject(state, reader, project)
  const scope = { project: project.id, organization: project.organization }
  const payload = { project: told, sender: senderOf(sender, reader) }
  state.deliveries.tell('update:project', scope, { ...payload, ...changed })
}

/** Annotations of a job were saved: its task and its project are touched as well. */
export function touchSaved(
  state: FakeState,
  sender: FakeUser,
  job: FakeJob,
  reader: Reader = server(state),
): void {
  changeJob(state, sender, job, undefined, reader)
  changeTask(state, sender, state.task(job.task), undefined, reader)
}

export function tellTask(
  state: FakeState,
  event: 'create:task' | 'delete:task',
  sender: FakeUser,
  task: FakeTask,
): void {
  const reader = server(state)
  state.deliveries.tell(event, task, {
    task: renderTask(state, reader, task),
    sender: senderOf(sender, reader),
  })
}

export function tellJob(
  state: FakeState,
  event: 'create:job' | 'delete:job',
  sender: FakeUser,
  job: FakeJob,
  reader: Reader,
): void {
  state.deliveries.tell(event, state.task(job.task), {
    job: renderJob(state, reader, job),
    sender: senderOf(sender, reader),
  })
}

function senderOf(user: FakeUser, { base }: Reader) {
  const { id, username, email } = user
  return base === '' ? { id, username, email } : renderBasicUser(base, user)
}

function withStamp<Item extends { updated: number }>(
  state: FakeState,
  item: Item,
  columns: (item: Item) => Columns,
  change: (item: Item) => void,
) {
  const before = columns(item)
  change(item)
  item.updated = state.stamp()
  const after = columns(item)
  const names = Object.keys(after).filter((name) => before[name] !== after[name])
  return {
    before_update: Object.fromEntries(names.map((name) => [name, before[name]])),
    changes: Object.fromEntries(
      names.map((name) => [name, { from: before[name], to: after[name] }]),
    ),
  }
}

const jobColumns = (job: FakeJob): Columns => ({
  updated_date: date(job.updated),
  assignee_id: job.assignee,
  assignee_updated_date: dateOrNull(job.assigneeUpdated),
  status: statusOf(job),
  stage: job.stage,
  state: job.state,
})

const taskColumns = (task: FakeTask): Columns => ({
  updated_date: date(task.updated),
  name: task.name,
  assignee_id: task.assignee,
  bug_tracker: task.bugTracker,
  subset: task.subset,
  overlap: task.overlap,
  segment_size: task.segmentSize,
  data_id: task.data?.id ?? null,
  dimension: task.isMade ? '2d' : '',
  mode: task.isMade ? 'annotation' : '',
  media_type: task.isMade ? 'image' : '',
})

const projectColumns = (project: FakeProject): Columns => ({
  updated_date: date(project.updated),
  name: project.name,
  assignee_id: project.assignee,
  bug_tracker: project.bugTracker,
})
