/** How the plugin is, for the form, the command line and `suggest doctor`; holds no secrets. */
import type { Connections } from '@suggestive/shared/connections'
import type { Connection } from '../connection.ts'
import type { CvatSettings } from '../settings.ts'
import type { UsualAddresses } from './server-wish.ts'

export async function statusOf(
  file: CvatSettings,
  connections: Pick<Connections<Connection>, 'all'>,
  usual: UsualAddresses,
  /** Where CVAT's AI tools are answered. */
  nuclio: string | undefined,
) {
  const { server, projects } = file.read()
  return {
    fault: file.fault ?? null,
    server:
      server === undefined
        ? null
        : {
            address: server.address,
            publicAddress: server.publicAddress ?? null,
            token: 'token' in server.credentials ? 'token' : 'user and password',
            organization: server.organization ?? null,
          },
    pluginAddress: server?.pluginAddress ?? usual.plugin,
    linkAddress: server?.linkAddress ?? usual.links,
    nuclio: nuclio ?? null,
    also: [
      ...connections.all().flatMap(agentLine),
      nuclio === undefined
        ? 'AI tools of CVAT are not answered: no "nuclio" in the section cvat of suggest.json'
        : `AI tools of CVAT are answered at ${nuclio}, for the configured peers`,
    ],
    projects: await Promise.all(
      connections.all().map(async (one) => {
        const own = projects[one.project]
        const { mode, stage, shape, wholeJobs, hasWebhook, repairs, annotators, links } = own ?? {}
        const { phase, ...agent } = one.agent.status()
        return {
          id: one.project,
          ...one.bridge.status(),
          mode: mode ?? null,
          served: mode === undefined ? null : `mode ${mode}`,
          stage: stage ?? null,
          shape: shape ?? null,
          wholeJobs: wholeJobs ?? false,
          hasWebhook: hasWebhook ?? false,
          repairs: repairs ?? false,
          hasAgent: own?.agent ?? false,
          agent: { state: phase, ...agent },
          annotators: annotators?.map(({ username }) => username) ?? [],
          links: links?.map(({ annotator }) => annotator.username) ?? [],
          orderLink: await one.orderLink(),
          newPool: one.newPool() ?? null,
          faults: one.faults(),
        }
      }),
    ),
    failures: [],
  }
}

function agentLine({ project, agent }: Connection): string[] {
  const { phase, function: id, answered, failed } = agent.status()
  if (phase === 'off') return []
  const how = {
    starting: 'is not at work yet',
    stopped: 'has stopped',
    watching: `waits for requests to its function ${id}, woken by CVAT`,
    polling: `looks for requests to its function ${id} from time to time`,
  }[phase]
  return [`the agent of project ${project} ${how}; ${answered} answered, ${failed} failed`]
}
