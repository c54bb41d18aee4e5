/** How the plugin is, for the form, the command line and `suggest doctor`; holds no secrets. */
import { isPersonalToken } from '../client/credentials.ts'
import type { Connections } from '../connections.ts'
import type { SettingsFile } from '../settings-file.ts'
import type { SetUp } from './set-up.ts'

export async function statusOf(
  file: SettingsFile,
  connections: Connections,
  setUp: Pick<SetUp, 'failures'>,
  usualAddress: string,
) {
  const { server } = file.read()
  return {
    fault: file.fault ?? null,
    server:
      server === undefined
        ? null
        : {
            address: server.address,
            publicAddress: server.publicAddress ?? null,
            token: isPersonalToken(server.token) ? 'personal access token' : 'legacy token',
            imageOrigins: server.imageOrigins,
          },
    pluginAddress: server?.pluginAddress ?? usualAddress,
    projects: await Promise.all(
      connections.all().map(async ({ project, bridge, serving, faults }) => ({
        id: project,
        ...bridge.status(),
        modelVersion: (await serving())?.modelVersion ?? null,
        faults: faults(),
      })),
    ),
    failures: [...setUp.failures()].map(([project, sentence]) => ({ project, sentence })),
  }
}
