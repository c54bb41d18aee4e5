/** Segments: one object of a task's image, where an annotator points. */
import { Problem } from '@suggestive/shared/problem'
import { taskKey } from '@suggestive/shared/protocol'
import { segmentBody, segmentQuery, segmentReply } from '@suggestive/shared/protocol/segment'
import { z } from 'zod'
import { json } from './body.ts'
import { plain, projectRoute } from './route.ts'

export const segmentRoutes = [
  projectRoute({
    ...plain,
    method: 'post',
    path: '/v1/projects/:project/tasks/:task/segment',
    summary: 'The object at some points or in a box, cut from the map of the model in use',
    roles: ['owner', 'annotator', 'service'],
    params: z.strictObject({ task: taskKey }),
    query: segmentQuery,
    body: json(segmentBody),
    replies: [{ status: 200, schema: segmentReply, describes: 'The object, or none' }],
    problems: ['not-found', 'not-ready', 'unreadable-input'],
    handler: async ({ project, params, query, body }, { store, blobs, conductor, segment }) => {
      const { task } = params
      const stored = await store.mapOf(project.id, task)
      let isHere = stored !== undefined
      for (const { blob } of stored?.probability ?? []) {
        if ((await blobs.facts('map', blob)) === undefined) isHere = false
      }
      const found =
        stored !== undefined && isHere
          ? stored
          : await conductor.suggestion(project.id, task, query.wait * 1000)
      const { classId, points, box = null } = body
      const maps = found.probability.filter(
        (one) => classId === undefined || one.classId === classId,
      )
      if (maps.length === 0) {
        const classes = found.probability.map((own) => own.classId).join(', ')
        throw new Problem('wrong-use', `Name one of the classes of the model: ${classes}.`, {
          errors: [{ pointer: '/classId', detail: `must be one of ${classes}` }],
        })
      }
      const { modelDigest } = found
      const result = await segment({ maps, points, box })
      return {
        json: { taskKey: task, modelDigest, ...result },
        headers: { 'Suggest-Model': modelDigest },
      }
    },
  }),
]
