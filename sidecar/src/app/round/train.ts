/** Trains one member of a round on its snapshot. */
import { Problem } from '@suggestive/shared/problem'
import type { Job } from '../../ports/jobs.ts'
import type { SnapshotImage } from '../../ports/store.ts'
import type { Training } from '../../ports/workshop.ts'
import type { TrainEvent } from '../../ports.ts'
import { wantImages } from './images-wanted.ts'
import { type MemberPayload, type MemberResult, memberPayload } from './job-data.ts'
import { reportLeftOut } from './left-out.ts'
import { bundleMasks } from './mask-bundle.ts'
import { noProject } from './no-project.ts'
import { attempts } from './patience.ts'
import type { RoundPorts } from './ports.ts'
import { tellProgress } from './progress.ts'
import { settingsOf } from './settings-of.ts'
import { scaleOf } from './working-scale.ts'

export async function trainMember(
  ports: RoundPorts,
  job: Job,
  signal: AbortSignal,
): Promise<MemberResult> {
  const { store, blobs, workshop, clock } = ports
  const { project, round } = job
  const payload = memberPayload(job.payload)
  const { member, without, classIds, masks: known } = payload
  const began = clock.now()
  const snapshot = await store.snapshot(project, round)
  const gone = member === 0 && job.attempt >= attempts ? await missing(ports, snapshot) : without
  const isGone = new Set(gone)
  const used = snapshot.filter(({ imageDigest }) => !isGone.has(imageDigest))
  await store.touchImages(
    used.map(({ imageDigest }) => imageDigest),
    began,
  )
  const isHere = known !== null && (await blobs.facts('shard', known)) !== undefined
  const masks = isHere ? known : await bundleMasks(ports, project, snapshot)
  const training = await trainingOf(ports, job, { ...payload, masks }, used)
  const on = (event: TrainEvent) => progress(ports, job, event)
  const trained = await workshop.trainMember(training, member, on, signal)
  if ('missing' in trained) throw await wait(ports, project, trained.missing)
  await reportLeftOut(ports, project, trained.leftOut)
  const warnings = [...trained.warnings, ...missingWarning(gone.length)]
  const progressed = { membersTrained: member + 1, warnings, scale: trained.scale }
  await store.progressRound(project, round, progressed, clock.now())
  const seconds = (clock.now() - began) / 1000
  const told = training.settings.scale
  const scale = told === 'from-labels' ? null : told
  return { member, classIds, masks, scale, without: gone, blob: trained.blob, warnings, seconds }
}

/** Has the images sent again. @returns the reason to try again later */
async function wait(
  ports: RoundPorts,
  project: string,
  digests: readonly string[],
): Promise<Problem> {
  // Whoever removed or damaged the bytes did not say so.
  for (const digest of digests) await ports.store.forgetImage(digest)
  await wantImages(ports, project, digests)
  const images =
    digests.length === 1 ? '1 labelled image is' : `${digests.length} labelled images are`
  return new Problem(
    'not-ready',
    `${images} not here any more: start the plugin, it sends ${digests.length === 1 ? 'it' : 'them'} again.`,
  )
}

async function trainingOf(
  { store, workshop, clock, profiles }: RoundPorts,
  { project, round }: Job,
  { member, classIds, masks, scale: told }: MemberPayload & Pick<Training, 'masks'>,
  snapshot: readonly SnapshotImage[],
): Promise<Training> {
  const [record, view] = [await store.project(project), await store.round(project, round)]
  if (record === undefined || view === undefined) throw noProject(project)
  // What the round began with counts, whatever the owner has chosen since.
  const chosen = view.profile
  const isKnown = chosen === 'quick' || chosen === 'balanced' || chosen === 'paper'
  const profile = isKnown ? chosen : record.settings.profile
  const usual = settingsOf({ profile }, await workshop.info(), profiles)
  const scale = member === 0 ? await scaleOf(store, record, usual) : (told ?? 'from-labels')
  const settings = { ...usual, scale, members: view.members }
  await store.progressRound(project, round, { profile: settings.profile }, clock.now())
  return {
    key: `${project}/${round}`,
    settings,
    classIds,
    masks,
    seed: view.seed,
    round,
    images: snapshot.map(({ imageDigest, name, labels }) => ({
      digest: imageDigest,
      name,
      labels: labels.length,
    })),
  }
}

async function missing({ store }: RoundPorts, snapshot: readonly SnapshotImage[]) {
  const digests = snapshot.map(({ imageDigest }) => imageDigest)
  const here = new Set((await store.images(digests)).map(({ digest }) => digest))
  return digests.filter((digest) => !here.has(digest))
}

function missingWarning(count: number): string[] {
  if (count === 0) return []
  return [
    `${count} labelled image${count === 1 ? ' was' : 's were'} left out, because the plugin did not send ${count === 1 ? 'it' : 'them'}.`,
  ]
}

function progress(ports: RoundPorts, job: Job, event: TrainEvent) {
  if (event.kind !== 'iteration') return
  const { kind: _, loss, ...rest } = event
  tellProgress(ports, job, {
    state: 'training',
    ...rest,
    loss: Number.isFinite(loss) ? loss : null,
  })
}
