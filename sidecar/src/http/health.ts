/** Health, readiness and figures, for those who watch the server. */
import { Problem } from '@suggestive/shared/problem'
import { health } from '@suggestive/shared/protocol/health'
import { plain, type Reply, route } from './route.ts'

const replies = [{ status: 200, schema: health, describes: 'It works' }]

export const healthRoutes = [
  route({
    ...plain,
    method: 'get',
    path: '/healthz',
    summary: 'Does the process answer?',
    roles: 'anyone',
    replies,
    problems: [],
    handler: async (_, { version }) => ({ json: { status: 'ok', version } }),
  }),
  route({
    ...plain,
    method: 'get',
    path: '/readyz',
    summary: 'Can it work? Asks the store, too',
    roles: 'anyone',
    replies,
    problems: ['not-ready'],
    handler: async (_, { version, store, isReady = () => true }) => {
      if (!isReady()) {
        throw new Problem('not-ready', 'The server is starting or stopping: ask again in a moment.')
      }
      await store.eventRange()
      return { json: { status: 'ok', version } }
    },
  }),
  route({
    ...plain,
    method: 'get',
    path: '/metrics',
    summary: 'Figures in the format of Prometheus',
    roles: ['owner', 'viewer', 'service'],
    replies: [{ status: 200, media: 'text/plain', describes: 'Figures' }],
    problems: [],
    handler: async (_, { metrics, store }): Promise<Reply> => ({
      bytes: await metrics.render(await store.projects()),
      media: metrics.media,
    }),
  }),
]
