/** People who know the truth: they take the tasks that a real Label Studio serves, and finish them. */
import {
  type Configuration,
  readConfiguration,
} from '@suggestive/plugin-labelstudio/codec/configuration'
import { paint } from '@suggestive/plugin-labelstudio/codec/paint'
import { prelabelFrom } from '@suggestive/plugin-labelstudio/codec/prelabel'
import { areasOf } from '@suggestive/plugin-labelstudio/codec/regions'
import { maskOf } from '@suggestive/shared/mask'
import type { RunMask } from '@suggestive/shared/protocol/label'
import {
  createProject,
  type DrawnWith,
  labelConfig,
  uploadImages,
} from '@suggestive/sidecar/cli/label-studio/project'
import { countPixels, dice } from '@suggestive/sidecar/domain/metrics'
import { z } from 'zod'
import type { Facts } from './label-studio-facts.ts'
import type { Serving } from './label-studio-order.ts'
import type { Annotator, Opened } from './label-studio-people.ts'
import type { RealLabelStudio } from './label-studio-server.ts'
import type { Specimen } from './serve.ts'

export interface Decision {
  readonly task: number
  readonly user: number
  readonly kind: 'drawn' | 'accepted' | 'edited' | 'skipped'
  readonly seconds: number
}

export interface Bench {
  readonly shape: DrawnWith
  /** In Label Studio. */
  readonly project: number
  readonly configuration: Configuration
  readonly servings: readonly Serving[]
  readonly decisions: readonly Decision[]
  truthOf(image: string): RunMask
  take(user: Annotator): Promise<Opened>
  /** Submits truth, or the pre-label where that is nearly as good. */
  finish(user: Annotator, task: Opened): Promise<void>
  /** Both users work side by side until so many tasks are finished; one task is skipped on the way. */
  annotate(users: readonly [Annotator, Annotator], tasks: number): Promise<void>
}

/** A pre-label that agrees so well with the truth is taken as it is. */
const goodEnough = 0.85

export async function openBench(
  { admin }: RealLabelStudio,
  facts: Facts,
  shape: DrawnWith,
  images: readonly Specimen[],
): Promise<Bench> {
  const project = await createProject(admin, `Tissue by ${shape}`, labelConfig(shape, 'Gland'))
  await uploadImages(
    admin,
    project,
    images.map(({ name, png }) => ({ name, bytes: Uint8Array.from(png) })),
  )
  const form = z.looseObject({ parsed_label_config: z.unknown() })
  const read = readConfiguration(
    (await admin.ask(form, 'GET', `/api/projects/${project}`)).parsed_label_config,
  )
  if (read.kind === 'refused') throw new Error(read.reason)
  const { configuration } = read
  const servings: Serving[] = []
  const decisions: Decision[] = []

  /** Uploads have a random prefix. */
  function truthOf(image: string): RunMask {
    const found = images.find(({ name }) => image.endsWith(`-${name}`))
    if (found === undefined) throw new Error(`no truth of ${image}`)
    return found.mask
  }

  function regionsOf(truth: RunMask, task: number, origin: string) {
    const options = { shape: 'auto', isGraded: false, probabilities: new Map(), lines: [] } as const
    const { result } = prelabelFrom(truth, configuration, {
      ...options,
      idPrefix: `by-hand-${task}`,
    })
    return result.map((region) => ({ ...region, origin }))
  }

  function agreement(result: Opened['predictions'][number]['result'], truth: RunMask): number {
    const { areas } = areasOf(result, configuration)
    const [, counts] = countPixels(paint(areas, truth), maskOf(truth), 2)
    return counts === undefined ? 0 : dice(counts)
  }

  async function finish(user: Annotator, task: Opened): Promise<void> {
    const truth = truthOf(task.data.image)
    const seconds = 10 + (task.id % 7)
    const { version } = facts.moment(project, user.id)
    const shown = task.predictions.find(
      ({ model_version, result }) => model_version === version && result.length > 0,
    )
    const isGood = shown !== undefined && agreement(shown.result, truth) >= goodEnough
    const byHand = () =>
      regionsOf(truth, task.id, shown === undefined ? 'manual' : 'prediction-changed')
    const result = isGood ? shown.result : byHand()
    await user.submit(project, task.id, { result, seconds, prelabel: shown?.id })
    const kind = shown === undefined ? 'drawn' : isGood ? 'accepted' : 'edited'
    decisions.push({ task: task.id, user: user.id, kind, seconds })
  }

  async function take(user: Annotator): Promise<Opened> {
    const moment = facts.moment(project, user.id)
    const ranks = facts.ranks(project, moment.version)
    const task = await user.next(project)
    if (task === undefined) throw new Error(`Nothing is left for ${user.name}.`)
    servings.push({ user: user.name, task: task.id, moment, ranks })
    return task
  }

  async function skip(user: Annotator, task: Opened): Promise<void> {
    await user.skip(project, task.id, 3)
    decisions.push({ task: task.id, user: user.id, kind: 'skipped', seconds: 3 })
  }

  return {
    shape,
    project,
    configuration,
    servings,
    decisions,
    truthOf,
    take,
    finish,
    async annotate(users, tasks) {
      const open = new Map<Annotator, Opened>()
      let taken = 0
      let hasSkipped = false
      while (taken < tasks || open.size > 0) {
        for (const user of users) {
          if (open.has(user) || taken === tasks) continue
          open.set(user, await take(user))
          taken++
        }
        for (const [user, task] of open) {
          const isSkipped = !hasSkipped && taken >= tasks / 2
          if (isSkipped) {
            await skip(user, task)
            hasSkipped = true
            taken--
          } else await finish(user, task)
          open.delete(user)
        }
      }
    },
  }
}
