/** One sentence for people: what happens next in a project, or what somebody has to do. */
import type { RoundView } from '@suggestive/shared/protocol/round'
import type { ProjectRecord, RoundInputs, Store } from '../ports/store.ts'
import { fewestImages } from './round/due.ts'

export async function nextStep(
  store: Pick<Store, 'roundInputs' | 'round'>,
  project: ProjectRecord,
): Promise<string> {
  const inputs = await store.roundInputs(project.id)
  const last = project.round === 0 ? undefined : await store.round(project.id, project.round)
  return sentence(project, inputs, last)
}

const phases: Readonly<Partial<Record<RoundView['state'], string>>> = {
  training: 'is training',
  scoring: 'is looking at the images',
  selecting: 'is choosing the next images',
  publishing: 'is preparing its suggestions',
}

function sentence(
  { counts, settings, paused, queueRevision }: ProjectRecord,
  { active, labelled, fresh }: RoundInputs,
  last: RoundView | undefined,
): string {
  if (active !== null) {
    const phase = phases[last?.state ?? 'training'] ?? 'is running'
    return `Round ${active} ${phase}; the queue follows by itself.`
  }
  if (paused) return 'The project is paused: an owner can let it go on.'
  if (counts.tasks === 0) return 'Connect the labelling tool: no task has arrived yet.'
  if (queueRevision === 0) return 'The plugin is sending the images; the first queue follows.'
  if (labelled < fewestImages) {
    const wanted = fewestImages - labelled
    return `Annotate ${wanted} more ${wanted === 1 ? 'image' : 'images'} in the tool: the first round needs ${fewestImages}.`
  }
  if (counts.labelled + counts.skipped >= counts.tasks) {
    return 'Every task is annotated or skipped: add images, or finish the project.'
  }
  if (last?.state === 'failed') {
    return `Round ${last.number} failed: look at the problem, then start a round; new labels start one, too.`
  }
  const wanted = Math.max(0, settings.k - fresh)
  const pause = `${settings.idleMinutes} minutes without a new one`
  if (fresh === 0) {
    return `Annotate the head of the queue: the next round begins with ${wanted} new labels, or with one and ${pause}.`
  }
  if (wanted > 0) return `The next round begins with ${wanted} more labels, or after ${pause}.`
  return last?.state === 'cancelled'
    ? 'The last round was cancelled: start one, or annotate another image.'
    : 'The next round begins in a moment.'
}
