/** Projects: what is annotated, with which classes, and how rounds are run. */
import { z } from 'zod'
import { moment, projectId, text } from '../protocol.ts'

/** A class of the annotation; 0 is background and not listed. */
export const projectClass = z.strictObject({
  id: z.int().min(1).max(255),
  name: text(200),
  /** `#rrggbb`. */
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .optional(),
})

/** Every setting has a default; a round records those it ran with. */
export const projectSettings = z.strictObject({
  /** Images of a batch, and new labels that make a round due. */
  k: z.int().min(1).max(1000).default(8),
  /** K of the paper: how many of the most uncertain images are considered; at least k. */
  candidates: z.int().min(1).max(10_000).default(16),
  /** Batches that are chosen by the full rule and get pre-labels. */
  depth: z.int().min(1).max(100).default(8),
  /** `auto`: `paper` with a GPU, else `quick`. */
  profile: z.enum(['auto', 'quick', 'balanced', 'paper']).default('auto'),
  /** Working scale of the networks; from the labels: chosen by the first round, kept by the later ones. */
  scale: z
    .union([z.literal([1, 0.5, 0.25, 0.125]), z.literal('from-labels')])
    .default('from-labels'),
  /** Every random draw comes from it. */
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  /** Most minutes that a round spends on scoring. */
  scoreMinutes: z.number().positive().max(1440).default(10),
  /** A round is due when this long no label arrived and at least one is new. */
  idleMinutes: z.number().positive().max(1440).default(10),
  /** What a finished annotation without regions says. */
  emptyMeans: z.enum(['background', 'unlabelled']).default('background'),
  /** Several annotations of one image: the newest counts, or the majority per pixel. */
  overlap: z.enum(['newest', 'majority']).default('newest'),
})

const { shape } = projectSettings

/** Without the defaults, which would come in for what is absent. */
const settingsChange = z
  .strictObject({
    k: shape.k.unwrap(),
    candidates: shape.candidates.unwrap(),
    depth: shape.depth.unwrap(),
    profile: shape.profile.unwrap(),
    scale: shape.scale.unwrap(),
    seed: shape.seed.unwrap(),
    scoreMinutes: shape.scoreMinutes.unwrap(),
    idleMinutes: shape.idleMinutes.unwrap(),
    emptyMeans: shape.emptyMeans.unwrap(),
    overlap: shape.overlap.unwrap(),
  })
  .partial()

export const newProject = z
  .strictObject({
    id: projectId,
    name: text(200),
    tool: z.enum(['label-studio', 'cvat', 'none']),
    /** The tool's own id of the project. */
    toolProject: text(200).optional(),
    classes: z.array(projectClass).min(1).max(255),
    settings: projectSettings.prefault({}),
  })
  .refine((project) => isDistinct(project.classes.map(({ id }) => id)), {
    path: ['classes'],
    message: 'must have different ids',
  })
  .refine(({ settings }) => settings.k <= settings.candidates, {
    path: ['settings', 'k'],
    message: 'must not be larger than candidates',
  })

export const projectChange = z.strictObject({
  name: text(200).optional(),
  /** Classes may be added and renamed; one that labels use cannot be removed. */
  classes: z.array(projectClass).min(1).max(255).optional(),
  settings: settingsChange.optional(),
  paused: z.boolean().optional(),
})

export const project = z.strictObject({
  id: projectId,
  name: z.string(),
  tool: z.enum(['label-studio', 'cvat', 'none']),
  toolProject: z.string().nullable(),
  classes: z.array(projectClass),
  settings: projectSettings,
  paused: z.boolean(),
  createdAt: moment,
  /** Grows with every change of anything in the project. */
  version: z.int(),
  counts: z.strictObject({
    tasks: z.int(),
    /** Tasks whose image is known. */
    images: z.int(),
    labelled: z.int(),
    /** Of these: finished without regions. */
    empty: z.int(),
    skipped: z.int(),
    inProgress: z.int(),
    /** Labelled before the project was connected; their cost is unknown. */
    beforeConnection: z.int(),
  }),
  /** Number of the latest round; 0 before the first. */
  round: z.int(),
  /** The model in use. */
  modelDigest: z.string().nullable(),
  /** 0 before the first publication. */
  queueRevision: z.int(),
  /** For people: what happens next, or what somebody has to do. */
  nextStep: z.string(),
})

export type NewProject = z.infer<typeof newProject>
export type ProjectChange = z.infer<typeof projectChange>
export type ProjectSettings = z.infer<typeof projectSettings>
export type ProjectClass = z.infer<typeof projectClass>
export type ProjectView = z.infer<typeof project>

function isDistinct(values: readonly number[]): boolean {
  return new Set(values).size === values.length
}
