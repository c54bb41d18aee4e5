/** The working scale of a round: that of the owner, of the profile, or of the project's first model. */
import type { Settings } from '../../domain/settings.ts'
import type { ProjectRecord, Store } from '../../ports/store.ts'

export async function scaleOf(
  store: Pick<Store, 'models' | 'round'>,
  { id, settings }: Pick<ProjectRecord, 'id' | 'settings'>,
  usual: Pick<Settings, 'scale'>,
): Promise<Settings['scale']> {
  if (settings.scale !== 'from-labels') return settings.scale
  if (usual.scale !== 'from-labels') return usual.scale
  const first = (await store.models(id)).at(-1)
  const view = first === undefined ? undefined : await store.round(id, first.round)
  return view?.settings.scale ?? 'from-labels'
}
