/** What connecting changes in a project, said before it happens. */
import type { Project } from '../client/wire.ts'
import { uncertaintySampling } from '../published.ts'
import type { Wish } from './wish.ts'

export function changesOf(
  project: Project | undefined,
  wish: Pick<Wish, 'mlBackend'>,
): readonly string[] {
  if (project === undefined) return []
  const { sampling, model_version: version } = project
  return [
    `Task sampling becomes "${uncertaintySampling}"${sampling === null ? '' : ` (now "${sampling}")`}, when the first order is published.`,
    `With each round predictions are imported under a new model version, and the project's model version becomes that one${version === null || version === '' ? '' : ` (now "${version}")`}. Those of others stay.`,
    'Predictions are shown to annotators as pre-labels.',
    'A webhook is added, and a view "Suggested order" in the Data Manager.',
    ...(wish.mlBackend ? ['The plugin is added as an ML backend, for the smart tool.'] : []),
    'Tasks and annotations are only read. suggest disconnect puts all of this back.',
  ]
}
