/** What connecting changes in a project, said before it happens. */
import type { Connected, Person } from '../settings.ts'
import type { JobsFound } from './find-jobs.ts'

export interface Planned {
  readonly mode: Connected['mode']
  readonly annotators: readonly Person[]
  readonly hasWebhook: boolean
  readonly makesPool: boolean
  readonly agent: boolean
}

export function changesOf(found: JobsFound | undefined, planned: Planned): readonly string[] {
  if (found === undefined) return []
  const { mode, hasWebhook, makesPool, agent } = planned
  return [
    ...(makesPool
      ? [
          'New tasks of one-image jobs are made from the images of the jobs with several; the old tasks stay as they are and are not suggested from any more. Disconnecting leaves the new ones where they are.',
        ]
      : []),
    ...assignments(found, planned),
    ...(mode === 'round'
      ? []
      : [
          'The date "updated" of the suggested jobs moves, so that lists sorted by it show the suggested order.',
        ]),
    'Suggested jobs that nobody has begun get pre-labels (source "auto"); shapes of people and of other models stay.',
    'Where "bug tracker" of a task is empty, it leads to the page that says why its images were suggested.',
    ...(hasWebhook ? ['A webhook is added to the project.'] : []),
    ...(agent
      ? [
          'A private function is added to CVAT, by which automatic annotation asks for suggestions; what it stores counts as of another model.',
        ]
      : []),
    'Jobs that people have begun are only read. suggest disconnect cvat puts all of this back where nobody has begun.',
  ]
}

function assignments({ free, holders }: JobsFound, { mode, annotators }: Planned): string[] {
  if (annotators.length === 0) return ['No job is assigned to anybody.']
  const names = annotators.map(({ username }) => username).join(', ')
  if (mode === 'round') {
    return [
      `With each round a new task is made, with one job each for ${names}; one in which nobody has begun anything is deleted when the next one is there.`,
    ]
  }
  const held = holders.map(({ username, jobs }) => `${username} ${jobs}`).join(', ')
  const kept = held === '' ? '' : ` Jobs that are assigned already stay so: ${held}.`
  if (mode === 'touch') return [`No job is assigned but by the personal links of ${names}.${kept}`]
  return [
    `Of the ${free} jobs that are new and nobody's, the first ones of each order are assigned to ${names}, in turn; those that drop out of the order and were not begun are given back.${kept}`,
  ]
}
