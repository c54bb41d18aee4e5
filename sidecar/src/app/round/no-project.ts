/** The answer to whoever names a project that is not there. */
import { Problem } from '@suggestive/shared/problem'

export const noProject = (project: string) =>
  new Problem('not-found', `There is no project ${project}: create it first.`)
