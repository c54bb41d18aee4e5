/** Labels: what people said about the tasks. */
import { page, pageOf, taskKey } from '@suggestive/shared/protocol'
import { labelRecord, labelsBody, labelsReply } from '@suggestive/shared/protocol/label'
import { ingestLabels } from '../app/ingest-labels.ts'
import { bulk } from './body.ts'
import { plain, projectRoute } from './route.ts'

export const labelRoutes = [
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/annotations',
    summary: 'Versions of labels without their masks, oldest first',
    roles: ['owner', 'viewer', 'service'],
    query: page.extend({ task: taskKey.optional() }),
    replies: [{ status: 200, schema: pageOf(labelRecord), describes: 'A page of versions' }],
    problems: [],
    cache: 'version',
    handler: async ({ project, query: { task, ...rest } }, { store }) => ({
      json: await store.labels(project.id, { ...rest, taskKey: task }),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'post',
    path: '/v1/projects/:project/annotations',
    summary: 'Up to 10,000 versions of labels with their masks; known ones change nothing',
    roles: ['owner', 'service'],
    body: bulk(labelsBody, 'labels'),
    replies: [{ status: 200, schema: labelsReply, describes: 'How many were new' }],
    problems: [],
    handler: async ({ project, body }, { store, clock, intake, conductor, metrics }) => {
      const { id, tool, classes } = project
      const scope = { project: id, tool, classIds: classes.map((one) => one.id) }
      const reply = await ingestLabels({ store, clock }, id, await intake.labels(body, scope))
      metrics.labels(id, reply.accepted, reply.repeated)
      if (reply.accepted > 0) conductor.poke(id)
      return { json: reply }
    },
  }),
]
