/** Tasks: one image each in the labelling tool. */

import { Problem } from '@suggestive/shared/problem'
import { page, pageOf, taskKey } from '@suggestive/shared/protocol'
import { task, tasksBody, tasksReply } from '@suggestive/shared/protocol/task'
import { z } from 'zod'
import { ingestTasks } from '../app/ingest-tasks.ts'
import { bulk } from './body.ts'
import { everybody, plain, projectRoute } from './route.ts'

export const taskRoutes = [
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/tasks',
    summary: 'Tasks in the order of their first arrival',
    roles: everybody,
    query: page,
    replies: [{ status: 200, schema: pageOf(task), describes: 'A page of tasks' }],
    problems: [],
    cache: 'version',
    handler: async ({ project, query }, { store }) => ({
      json: await store.tasks(project.id, query),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'post',
    path: '/v1/projects/:project/tasks',
    summary: 'Insert or replace up to 10,000 tasks by their keys',
    roles: ['owner', 'service'],
    body: bulk(tasksBody, 'tasks'),
    replies: [{ status: 200, schema: tasksReply, describes: 'What became of them' }],
    problems: [],
    handler: async ({ project, body }, { store, clock, intake, conductor }) => {
      const reply = await ingestTasks({ store, clock }, project.id, await intake.tasks(body))
      if (reply.added + reply.changed > 0) conductor.poke(project.id)
      return { json: reply }
    },
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/tasks/:task',
    summary: 'One task',
    roles: everybody,
    params: z.strictObject({ task: taskKey }),
    replies: [{ status: 200, schema: task, describes: 'The task' }],
    problems: [],
    cache: 'version',
    handler: async ({ project, params }, { store }) => {
      const found = await store.task(project.id, params.task)
      if (found !== undefined) return { json: found }
      throw new Problem(
        'not-found',
        `The project ${project.id} has no task ${params.task}: list its tasks, or send the task first.`,
      )
    },
  }),
]
