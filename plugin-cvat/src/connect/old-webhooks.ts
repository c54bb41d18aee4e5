/** Webhooks that lead elsewhere after the settings have changed, or are not wanted any more. */
import type { Log } from '@suggestive/shared/bridge/deps'
import type { Connections } from '@suggestive/shared/connections'
import { Problem } from '@suggestive/shared/problem'
import { changeProject } from '@suggestive/shared/settings-file'
import { type Connection, webhookUrl } from '../connection.ts'
import type { CvatSettings, Server } from '../settings.ts'
import { removeWebhooks } from '../webhooks.ts'

export interface OldWebhooks {
  readonly file: CvatSettings
  readonly connections: Pick<Connections<Connection>, 'all' | 'close'>
  readonly log: Log
}

/**
 * Removes them and ends those connections, which are begun anew with the other settings.
 *
 * @param server with which everything goes on
 * @param withoutWebhook a project that shall have none
 */
export async function removeOldWebhooks(
  { file, connections, log }: OldWebhooks,
  server: Server,
  withoutWebhook: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const before = file.read().server
  for (const { project, client } of connections.all()) {
    const url = webhookUrl(before?.pluginAddress ?? '', project)
    if (url === webhookUrl(server.pluginAddress, project) && project !== withoutWebhook) continue
    await connections.close(project)
    try {
      await removeWebhooks(client, project, { url }, signal)
    } catch (error) {
      if (!(error instanceof Problem) || signal.aborted) throw error
      log.warn({ project, error: error.message }, 'a webhook could not be removed')
    }
    await changeProject(file, project, ({ memory: { webhook: _, ...memory }, ...own }) => ({
      ...own,
      memory,
    }))
  }
}
