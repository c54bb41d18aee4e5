/** What publishing will change in a project, for those who decide about it. Changes nothing. */
import { type Access, readPool } from '../pool/access.ts'
import { isUntouched } from '../pool/standing.ts'
import type { Mode } from '../state.ts'
import type { Annotator } from './order.ts'

/** Sentences. */
export async function plannedChanges(
  access: Access,
  mode: Mode,
  annotators: readonly Annotator[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const pool = await readPool(access, signal)
  const memory = await access.ledger.read()
  const own = [...pool.jobs.values()].filter(({ id }) => pool.keysOf(id).size > 0)
  const open = own.filter((job) => isUntouched(job, memory, access.now()))
  const theirs = open.filter(
    ({ id, assignee }) => assignee !== null && memory.assignments[id]?.to !== assignee.id,
  )
  const names = annotators.map(({ username }) => username).join(', ')
  const sentences = [
    `Project ${access.project} has ${own.length} jobs, ${open.length} of them without anybody's work.`,
  ]
  if (mode === 'gate' && annotators.length > 0) {
    sentences.push(
      `The best ${open.length - theirs.length > 64 ? '64 or so' : 'ones'} of the ${open.length - theirs.length} that are nobody's will be assigned to ${names} in turn, and given back when better ones are found; pre-labels are put into them.`,
      `Jobs that people have assigned themselves stay as they are: ${theirs.length}.`,
    )
  } else if (mode === 'round') {
    sentences.push(
      `A new task with the best images will be made for each round${annotators.length > 0 ? `, with a job for each of ${names}` : ''}; one that nobody has begun is deleted when the next one is there.`,
    )
  } else {
    sentences.push(
      'Pre-labels are put into the best jobs, and their dates are moved so that the sorted list shows them in order; nobody is assigned.',
    )
  }
  return [
    ...sentences,
    'Shapes that people have drawn are never changed; disconnecting takes all of this back.',
  ]
}
