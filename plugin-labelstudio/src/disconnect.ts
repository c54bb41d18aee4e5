/** Leaves a project as it was before the connection. */
import type { ProjectChange } from './client/projects.ts'
import type { Client } from './client.ts'
import { isOurs } from './publication/version.ts'
import { rememberBefore, uncertaintySampling } from './published.ts'
import { type MemoryStore, memory as memoryForm } from './state.ts'
import { removeWebhooks } from './webhooks.ts'

export interface Leaving {
  readonly client: Client
  readonly project: number
  readonly memory: MemoryStore
  /** Where the plugin takes deliveries. */
  readonly webhookUrl?: string | undefined
}

/**
 * Puts back what is still as the plugin had set it, and removes what it has added; labels and others' predictions stay. May
 * be repeated after a failure.
 */
export async function leaveProject(leaving: Leaving, signal: AbortSignal): Promise<void> {
  const { client, project, memory, webhookUrl } = leaving
  const known = await memory.read()
  if (webhookUrl !== undefined) await removeWebhooks(client, project, { url: webhookUrl }, signal)
  if (known.view !== undefined) await client.deleteView(known.view, signal)

  const present = await client.project(project, signal)
  const counts = await client.modelVersions(project, signal)
  const isServing = isOurs(present.model_version ?? '')
  const { before } = rememberBefore(known, present)
  if (before !== undefined) {
    const change: ProjectChange = {
      ...(present.sampling === uncertaintySampling && before.sampling !== null
        ? { sampling: before.sampling }
        : {}),
      ...(present.show_collab_predictions === before.showPredictions
        ? {}
        : { show_collab_predictions: before.showPredictions }),
    }
    if (Object.keys(change).length > 0) await client.changeProject(project, change, signal)
    if (isServing) await restoreVersion(leaving, before.modelVersion, signal)
  }
  for (const version of Object.keys(counts).filter(isOurs)) {
    await client.deleteModelVersion(project, version, signal)
  }
  await memory.write(memoryForm.parse({}))
}

/** None when the former one does not exist any more; a live backend's title counts nowhere, so it is tried. */
async function restoreVersion(
  { client, project }: Leaving,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  if (version !== '' && (await client.hasTakenVersion(project, version, signal))) return
  await client.changeProject(project, { model_version: '' }, signal)
}
