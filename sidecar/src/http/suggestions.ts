/** Suggestions: what the model in use sees in one task. */
import { Problem } from '@suggestive/shared/problem'
import { taskKey } from '@suggestive/shared/protocol'
import { mapReply } from '@suggestive/shared/protocol/map-runs'
import { mapQuery, suggestion, suggestionQuery } from '@suggestive/shared/protocol/suggestion'
import { z } from 'zod'
import type { MapRecord } from '../ports/store.ts'
import type { HttpDeps } from './deps.ts'
import { everybody, jsonMedia, plain, projectRoute, type Reply } from './route.ts'

const path = '/v1/projects/:project/tasks/:task/suggestion'
const params = z.strictObject({ task: taskKey })

type DigestOf = (map: MapRecord, classId?: number) => string

function mapRoute(
  file: string,
  summary: string,
  reply: { readonly media: string } | { readonly schema: typeof mapReply },
  digestOf: DigestOf,
  answer: (opened: Opened, deps: HttpDeps) => Reply | Promise<Reply>,
) {
  return projectRoute({
    ...plain,
    method: 'get',
    path: `${path}/${file}`,
    summary,
    roles: everybody,
    params,
    query: mapQuery,
    replies: [{ status: 200, ...reply, describes: 'The map' }],
    problems: ['not-found', 'not-ready', 'unreadable-input'],
    cache: 'version',
    handler: async ({ project, params, query }, deps): Promise<Reply> => {
      const of = [project.id, params.task, query.wait] as const
      const opened = await open(deps, of, (map) => digestOf(map, query.class))
      return { ...(await answer(opened, deps)), headers: modelHeader(opened.found) }
    },
  })
}

const map = (name: string, summary: string, digestOf: DigestOf) => {
  const media = 'image/png'
  return mapRoute(`${name}.png`, summary, { media }, digestOf, ({ bytes }) => ({ bytes, media }))
}

const steps = (name: string, summary: string, digestOf: DigestOf) =>
  mapRoute(
    `${name}.json`,
    summary,
    { schema: mapReply },
    digestOf,
    async ({ found, digest }, { levels }) => ({
      json: { ...(await levels(digest)), modelDigest: found.modelDigest },
    }),
  )

/** @param classId needed with several classes only */
function probabilityOf({ probability }: MapRecord, classId?: number): string {
  const one =
    classId === undefined && probability.length === 1
      ? probability[0]
      : probability.find((own) => own.classId === classId)
  if (one !== undefined) return one.blob
  const classes = probability.map((own) => own.classId).join(', ')
  throw new Problem('wrong-use', `Name one of the classes of the model: ${classes}.`, {
    errors: [{ pointer: '/class', detail: `must be one of ${classes}` }],
  })
}

export const suggestionRoutes = [
  projectRoute({
    ...plain,
    method: 'get',
    path,
    summary: 'Mask as runs, and where the maps are',
    roles: everybody,
    params,
    query: suggestionQuery,
    replies: [{ status: 200, schema: suggestion, describes: 'The suggestion' }],
    problems: ['not-found', 'not-ready', 'unreadable-input'],
    cache: 'version',
    handler: async ({ project, params, query }, deps): Promise<Reply> => {
      const of = [project.id, params.task, query.wait] as const
      const { found, bytes: packed } = await open(deps, of, ({ mask }) => mask)
      const mask = await deps.intake.maskText(packed)
      const { modelDigest, round, uncertainty, foreground } = found
      const base = `/v1/projects/${project.id}/tasks/${encodeURIComponent(params.task)}/suggestion`
      const probability = found.probability.map(({ classId }) => ({
        classId,
        address: `${base}/probability.png?class=${classId}`,
      }))
      const maps = { mask: `${base}/mask.png`, probability, uncertainty: `${base}/uncertainty.png` }
      const facts = { modelDigest, round, uncertainty, foreground }
      const scores = found.probability.flatMap(({ classId, score }) =>
        score === null ? [] : { classId, score },
      )
      const bytes = withMask({ taskKey: params.task, ...facts, scores, maps }, mask)
      return { bytes, media: jsonMedia, headers: modelHeader(found) }
    },
  }),
  map('mask', 'Class ids as 8-bit grey', ({ maskPng }) => maskPng),
  map('probability', 'Mean probability of a class as 16-bit grey, 65535 = 1', probabilityOf),
  map(
    'uncertainty',
    'Variance of the members as 16-bit grey, 65535 = 0.25',
    (found) => found.variance,
  ),
  steps('probability', 'Mean probability of a class in 15 steps, as runs', probabilityOf),
  steps('uncertainty', 'Variance of the members in 15 steps, as runs', (found) => found.variance),
]

interface Opened {
  readonly found: MapRecord
  /** Of the blob. */
  readonly digest: string
  readonly bytes: Uint8Array
}

/** Stored maps are served at once; only what is missing, or whose file is gone, reaches the engine. */
async function open(
  { store, blobs, conductor }: HttpDeps,
  [project, task, waitSeconds]: readonly [string, string, number],
  digestOf: (map: MapRecord) => string,
): Promise<Opened> {
  const read = async (found: MapRecord): Promise<Opened | undefined> => {
    const digest = digestOf(found)
    const bytes = await blobs.get('map', digest)
    return bytes && { found, digest, bytes }
  }
  const stored = await store.mapOf(project, task)
  const kept = stored && (await read(stored))
  if (kept !== undefined) return kept
  const made = await read(await conductor.suggestion(project, task, waitSeconds * 1000))
  if (made !== undefined) return made
  throw new Problem('not-ready', 'The map is being replaced by that of a newer model: ask again.')
}

/** One object with the mask, whose text exists already, as its last field. */
function withMask(facts: object, mask: Uint8Array): Uint8Array {
  const before = Buffer.from(`${JSON.stringify(facts).slice(0, -1)},"mask":`)
  return Buffer.concat([before, mask, Buffer.from('}')])
}

function modelHeader({ modelDigest }: MapRecord) {
  return { 'Suggest-Model': modelDigest }
}
