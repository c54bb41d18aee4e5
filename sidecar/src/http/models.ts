/** Models: the ensembles of finished rounds. */
import { Problem } from '@suggestive/shared/problem'
import { digest, page, pageOf } from '@suggestive/shared/protocol'
import { type ModelView, model, rollbackReply } from '@suggestive/shared/protocol/model'
import { z } from 'zod'
import type { Store } from '../ports/store.ts'
import { listPage } from './list-page.ts'
import { everybody, plain, projectRoute, type Reply } from './route.ts'

const params = z.strictObject({ digest })

export const modelRoutes = [
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/models',
    summary: 'Models, newest first',
    roles: everybody,
    query: page,
    replies: [{ status: 200, schema: pageOf(model), describes: 'A page of models' }],
    problems: [],
    handler: async ({ project, query }, { store }) => ({
      json: listPage(await store.models(project.id), newestFirst, query),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/models/:digest',
    summary: 'Download a model: a safetensors file',
    roles: ['owner'],
    params,
    replies: [{ status: 200, media: 'application/octet-stream', describes: 'The file' }],
    problems: ['not-found'],
    handler: async ({ project, params }, { store, blobs }): Promise<Reply> => {
      const { round } = await find(store, project.id, params.digest)
      const facts = await blobs.facts('model', params.digest)
      // Not checked here: its digest is in the address.
      const stream = await blobs.stream('model', params.digest)
      if (facts === undefined || stream === undefined) throw gone(params.digest)
      const name = `${project.id}-round-${round}.safetensors`
      const headers = { 'Content-Disposition': `attachment; filename="${name}"` }
      return { stream, length: facts.bytes, media: 'application/octet-stream', headers }
    },
  }),
  projectRoute({
    ...plain,
    method: 'post',
    path: '/v1/projects/:project/models/:digest/rollback',
    summary: 'Back to this model and the queue of its round',
    roles: ['owner'],
    params,
    replies: [{ status: 200, schema: rollbackReply, describes: 'The new revision of the queue' }],
    problems: ['not-found', 'conflict'],
    handler: async ({ project, params }, { store, conductor }) => {
      const { stored } = await find(store, project.id, params.digest)
      if (!stored) throw gone(params.digest)
      return { json: await conductor.rollback(project.id, params.digest) }
    },
  }),
]

/** Rounds count upwards; the longest that SQLite could count has fewer digits. */
const newestFirst = ({ round }: ModelView) => String(1e15 - round)

async function find(store: Store, project: string, wanted: string) {
  const models = await store.models(project)
  const found = models.find((one) => one.digest === wanted)
  if (found !== undefined) return found
  throw new Problem(
    'not-found',
    `The project ${project} has no model ${wanted}: list its models to see their digests.`,
  )
}

function gone(wanted: string): Problem {
  return new Problem(
    'not-found',
    `Only the record of the model ${wanted} is left, its file is no longer kept: choose a newer one.`,
  )
}
