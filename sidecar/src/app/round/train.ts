/** Trains one member of a round on its snapshot. */
import { Problem } from '@suggestive/shared/problem'
import type { Job } from '../../ports/jobs.ts'
import type { SnapshotImage } from '../../ports/store.ts'
import type { Training } from '../../ports/workshop.ts'
import type { TrainEvent } from '../../ports.ts'
import { wantImages } from './images-wanted.ts'
import { type MemberResult, memberPayload } from './job-data.ts'
import { reportLeftOut } from './left-out.ts'
import { noProject } from './no-project.ts'
import { attempts } from './patience.ts'
import type { RoundPorts } from './ports.ts'
import { tellProgress } from './progress.ts'
import { settingsOf } from './settings-of.ts'

/** Masks that are fetched at a time. */
const maskSlice = 200

export async function trainMember(
  ports: RoundPorts,
  job: Job,
  signal: AbortSignal,
): Promise<MemberResult> {
  const { store, workshop, clock } = ports
  const { project, round } = job
  const { member, without, classIds } = memberPayload(job.payload)
  const began = clock.now()
  const snapshot = await store.snapshot(project, round)
  const gone = member === 0 && job.attempt >= attempts ? await missing(ports, snapshot) : without
  const used = snapshot.filter(({ imageDigest }) => !gone.includes(imageDigest))
  await store.touchImages(
    used.map(({ imageDigest }) => imageDigest),
    began,
  )
  const training = await trainingOf(ports, job, classIds, used)
  const trained = await workshop
    .trainMember(training, member, (event) => progress(ports, job, event), signal)
    .catch(async (error: unknown) => {
      if (error instanceof Problem && error.kind === 'not-ready') {
        await wantImages(ports, project, await missing(ports, snapshot))
      }
      throw error
    })
  await reportLeftOut(ports, project, trained.leftOut)
  const warnings = [...trained.warnings, ...missingWarning(gone.length)]
  await store.progressRound(project, round, { membersTrained: member + 1, warnings }, clock.now())
  const seconds = (clock.now() - began) / 1000
  return { member, classIds, without: gone, blob: trained.blob, warnings, seconds }
}

async function trainingOf(
  { store, workshop, clock, profiles }: RoundPorts,
  { project, round }: Job,
  classIds: readonly number[],
  snapshot: readonly SnapshotImage[],
): Promise<Training> {
  const [record, view] = [await store.project(project), await store.round(project, round)]
  if (record === undefined || view === undefined) throw noProject(project)
  const masks = new Map<number, Uint8Array>()
  const ids = snapshot.flatMap(({ labels }) => labels)
  for (let first = 0; first < ids.length; first += maskSlice) {
    const slice = await store.labelMasks(project, ids.slice(first, first + maskSlice))
    for (const [id, mask] of slice) masks.set(id, mask)
  }
  // What the round began with counts, whatever the owner has chosen since.
  const chosen = view.profile
  const isKnown = chosen === 'quick' || chosen === 'balanced' || chosen === 'paper'
  const profile = isKnown ? chosen : record.settings.profile
  const usual = settingsOf({ profile }, await workshop.info(), profiles)
  const settings = { ...usual, members: view.members }
  await store.progressRound(project, round, { profile: settings.profile }, clock.now())
  return {
    key: `${project}/${round}`,
    settings,
    classIds,
    seed: view.seed,
    round,
    images: snapshot.map(({ imageDigest, name, labels }) => {
      const own = labels.flatMap((id) => masks.get(id) ?? [])
      return { digest: imageDigest, name, masks: own, empty: labels.length - own.length }
    }),
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
