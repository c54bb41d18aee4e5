/** Whether a project can be learnt from and put in order: rights, labels, jobs, an image, and who annotates. */
import { broken, brokenBy, type Check, note, ok } from '@suggestive/shared/connect/check'
import { Problem } from '@suggestive/shared/problem'
import type { Project, Task, User } from '../client/wire.ts'
import type { Client } from '../client.ts'
import { classesOf } from '../codec/classes.ts'
import type { Connected, Person } from '../settings.ts'
import { findAnnotators } from './annotators.ts'
import { findJobs, type JobsFound } from './find-jobs.ts'
import { rightsCheck, workspaceCheck } from './rights.ts'

export interface ProjectAsked
  extends Pick<Connected, 'mode' | 'wholeJobs' | 'annotators' | 'memory'> {
  readonly project: number
  readonly account: User
  readonly organization: string | undefined
  /** User names; absent: those of before, else whoever holds jobs. */
  readonly named: readonly string[] | undefined
  readonly makesPool: boolean
}

export interface ProjectExamined {
  readonly checks: readonly Check[]
  /** Undefined when it cannot be read. */
  readonly project: Project | undefined
  readonly jobs: JobsFound | undefined
  readonly annotators: readonly Person[]
  /** To cause an event in; undefined when there is none yet. */
  readonly task: Task | undefined
}

export async function examineProject(
  client: Client,
  asked: ProjectAsked,
  signal: AbortSignal,
): Promise<ProjectExamined> {
  const checks: Check[] = []
  const found: {
    project: Project | undefined
    jobs: JobsFound | undefined
    annotators: readonly Person[]
    task: Task | undefined
  } = { project: undefined, jobs: undefined, annotators: [], task: undefined }
  let step = 'project'
  try {
    const project = await client.project(asked.project, signal)
    found.project = project
    checks.push(ok(step, `"${project.name}" can be read.`))
    step = 'rights'
    const members = await client.members(signal)
    const isElsewhere = workspaceCheck(project, asked.organization)
    if (isElsewhere !== undefined) return { checks: [...checks, isElsewhere], ...found }
    checks.push(rightsCheck(asked.account, project, members))
    step = 'labels'
    checks.push(...labelChecks(await client.labels(asked.project, signal)))
    step = 'jobs'
    const tasks = await client.tasks(asked.project, signal)
    found.task = tasks.find(isOfImages)
    found.jobs = await findJobs(client, asked.project, asked.memory, signal)
    checks.push(...jobChecks(found.jobs, tasks, asked))
    step = 'image'
    if (found.task !== undefined) checks.push(await imageCheck(client, found.task, signal))
    step = 'annotators'
    const { mode, named, annotators: before } = asked
    const people = { named, before, mode, holders: found.jobs.holders, members }
    const { annotators, check } = await findAnnotators(client, people, signal)
    found.annotators = annotators
    return { checks: [...checks, check], ...found }
  } catch (error) {
    return { checks: [...checks, brokenBy(step, error)], ...found }
  }
}

function labelChecks(labels: Parameters<typeof classesOf>[0]): Check[] {
  const { classes, ignored } = classesOf(labels)
  const names = classes.map(({ name }) => name).join(', ')
  return [
    ok('labels', `${classes.length === 1 ? 'Class' : 'Classes'} ${names}.`),
    ...ignored.map((sentence) => note('labels', sentence)),
  ]
}

const isOfImages = ({ dimension, mode, size }: Task) =>
  dimension === '2d' && mode !== 'interpolation' && (size ?? 0) > 0

/** CVAT cannot put frames inside a job into another order: people choose what is done instead. */
function jobChecks(
  { jobs, done, several, mostFrames }: JobsFound,
  tasks: readonly Task[],
  { mode, wholeJobs, makesPool }: ProjectAsked,
): Check[] {
  const name = 'jobs'
  const others = tasks.filter((task) => (task.size ?? 0) > 0 && !isOfImages(task)).length
  const leftOut =
    others === 0
      ? []
      : [
          note(
            name,
            `${others} tasks with videos or 3D data are left out: they cannot be suggested.`,
          ),
        ]
  if (jobs === 0) {
    return [
      ...leftOut,
      note(name, 'The project has no jobs with images yet: create a task in CVAT.'),
    ]
  }
  if (several === 0) {
    const which = done === 0 ? ' of one image each' : ', of one image each where they are open'
    return [...leftOut, ok(name, `${jobs} jobs${which}.`)]
  }
  const fact = `CVAT cannot reorder frames inside a job, and ${several} of ${jobs} jobs have several, up to ${mostFrames}`
  if (mode === 'round') {
    return [...leftOut, ok(name, `${fact}: each round gets a new task, whose frames are in order.`)]
  }
  if (makesPool) return [...leftOut, ok(name, `${fact}: new tasks are made for their images.`)]
  if (wholeJobs) {
    return [...leftOut, ok(name, `${fact}: such a job ranks as a whole, by its best image.`)]
  }
  return [
    ...leftOut,
    broken(
      name,
      `${fact}. Choose: --whole-jobs ranks whole jobs, each by its best image; --make-pool makes new tasks of one-image jobs from the same images and leaves the old ones as they are.`,
    ),
  ]
}

async function imageCheck(
  client: Pick<Client, 'taskMeta' | 'frame'>,
  { id }: Task,
  signal: AbortSignal,
): Promise<Check> {
  const name = 'image'
  const { frames, deleted_frames } = await client.taskMeta(id, signal)
  const first = frames.findIndex((_, frame) => !deleted_frames.includes(frame))
  if (first < 0) return note(name, `All frames of task ${id} are deleted.`)
  try {
    const { length } = await client.frame(id, first, signal)
    return ok(name, `${frames[first]?.name} of task ${id} can be read (${length} bytes).`)
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'cancelled') throw error
    return note(name, `Frame ${first} of task ${id} cannot be read. ${error.message}`)
  }
}
