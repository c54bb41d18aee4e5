/** The queue: in which order annotators should see the tasks. */
import { Problem } from '@suggestive/shared/problem'
import { page, pageOf } from '@suggestive/shared/protocol'
import { queuePage, queueSummary, receipt, receiptRecord } from '@suggestive/shared/protocol/queue'
import { z } from 'zod'
import { json } from './body.ts'
import { queuePageOf } from './queue-page.ts'
import { everybody, plain, projectRoute } from './route.ts'

const rows = [{ status: 200, schema: queuePage, describes: 'A page of rows' }]

export const queueRoutes = [
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/queue',
    summary: 'The current queue from its head; further pages stay with the revision of the first',
    roles: everybody,
    query: page,
    replies: rows,
    problems: ['precondition-failed'],
    cache: 'version',
    handler: async ({ project, query }, { store }) => ({
      json: await queuePageOf(store, project, query),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/queue/revisions',
    summary: 'All revisions of the queue, newest first',
    roles: everybody,
    query: page,
    replies: [{ status: 200, schema: pageOf(queueSummary), describes: 'A page of revisions' }],
    problems: [],
    cache: 'version',
    handler: async ({ project, query }, { store }) => ({
      json: await store.queues(project.id, query),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/queue/revisions/:revision',
    summary: 'One revision; of those before the last two only the published part is kept',
    roles: everybody,
    params: z.strictObject({ revision: z.coerce.number().int().min(1) }),
    query: page,
    replies: rows,
    problems: [],
    cache: 'version',
    handler: async ({ project, params, query }, { store }) => ({
      json: await queuePageOf(store, project, query, params.revision),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/queue/receipts',
    summary: 'What the tool really served, newest first',
    roles: everybody,
    query: page,
    replies: [{ status: 200, schema: pageOf(receiptRecord), describes: 'A page of receipts' }],
    problems: [],
    cache: 'version',
    handler: async ({ project, query }, { store }) => ({
      json: await store.receipts(project.id, query),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'post',
    path: '/v1/projects/:project/queue/receipts',
    summary: 'Tell what became of a revision in the tool',
    roles: ['owner', 'service'],
    body: json(receipt),
    replies: [{ status: 204, describes: 'It is noted' }],
    problems: ['not-found'],
    handler: async ({ project, body }, { store, clock }) => {
      if ((await store.queue(project.id, body.revision)) === undefined) {
        throw new Problem(
          'not-found',
          `The project ${project.id} has no queue revision ${body.revision}: send the receipt of one that was published.`,
        )
      }
      await store.addReceipt(project.id, body, clock.now())
      return { status: 204, empty: true }
    },
  }),
]
