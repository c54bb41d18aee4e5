/** How the plugin is, for the form, the command line and `suggest doctor`; holds no secrets. */

import type { Connections } from '@suggestive/shared/connections'
import { isPersonalToken } from '../client/credentials.ts'
import type { Connection } from '../connection.ts'
import type { LabelStudioSettings } from '../settings.ts'
import type { SetUp } from './set-up.ts'

export async function statusOf(
  file: LabelStudioSettings,
  connections: Connections<Connection>,
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
    also: [],
    projects: await Promise.all(
      connections.all().map(async ({ project, bridge, serving, faults }) => ({
        id: project,
        ...bridge.status(),
        served: (await serving())?.modelVersion ?? null,
        faults: faults(),
      })),
    ),
    failures: [...setUp.failures()].map(([project, sentence]) => ({ project, sentence })),
  }
}
