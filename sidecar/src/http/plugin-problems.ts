/** Problems that plugins report: shown on the page as if the sidecar had found them. */
import { problemReport, reportKey } from '@suggestive/shared/protocol/problem-report'
import { z } from 'zod'
import { json } from './body.ts'
import { plain, projectRoute } from './route.ts'

const path = '/v1/projects/:project/problems/:key'
const params = z.strictObject({ key: reportKey })
const roles = ['owner', 'service'] as const

export const pluginProblemRoutes = [
  projectRoute({
    ...plain,
    method: 'put',
    path,
    summary: 'Report a problem of the tool; the same one again changes nothing',
    roles,
    params,
    body: json(problemReport),
    replies: [{ status: 204, describes: 'It is shown' }],
    problems: [],
    handler: async ({ project: { id }, params: { key }, body }, { store, clock }) => {
      const { sentence, remedy, url } = body
      const known = (await store.problems(id)).find((one) => one.project === id && one.key === key)
      const isSame =
        known?.sentence === sentence && known.remedy === remedy && known.url === (url ?? null)
      // What is raised stays as it is until it is cleared.
      if (known !== undefined && !isSame) await store.clearProblem(id, key, clock.now())
      const link = url === undefined ? {} : { url }
      await store.raiseProblem({ key, project: id, sentence, remedy, ...link }, clock.now())
      return { status: 204, empty: true }
    },
  }),
  projectRoute({
    ...plain,
    method: 'delete',
    path,
    summary: 'A reported problem is gone; without one nothing changes',
    roles,
    params,
    replies: [{ status: 204, describes: 'It is not shown any more' }],
    problems: [],
    handler: async ({ project: { id }, params: { key } }, { store, clock }) => {
      await store.clearProblem(id, key, clock.now())
      return { status: 204, empty: true }
    },
  }),
]
