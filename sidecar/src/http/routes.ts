/** The table of all routes. */
import { budgetRoutes } from './budget.ts'
import { healthRoutes } from './health.ts'
import { imageRoutes } from './images.ts'
import { labelRoutes } from './labels.ts'
import { modelRoutes } from './models.ts'
import { openapiRoutes } from './openapi.ts'
import { pluginProblemRoutes } from './plugin-problems.ts'
import { problemRoutes } from './problems.ts'
import { projectRoutes } from './projects.ts'
import { queueRoutes } from './queue.ts'
import { roundRoutes } from './rounds.ts'
import type { Route } from './route.ts'
import { segmentRoutes } from './segment.ts'
import { sessionRoutes } from './session.ts'
import { suggestionRoutes } from './suggestions.ts'
import { taskRoutes } from './tasks.ts'

const described: readonly Route[] = [
  ...projectRoutes,
  ...taskRoutes,
  ...imageRoutes,
  ...labelRoutes,
  ...roundRoutes,
  ...queueRoutes,
  ...suggestionRoutes,
  ...segmentRoutes,
  ...budgetRoutes,
  ...modelRoutes,
  ...problemRoutes,
  ...pluginProblemRoutes,
  ...sessionRoutes,
  ...healthRoutes,
]

export const routes: readonly Route[] = [...described, ...openapiRoutes(described)]
