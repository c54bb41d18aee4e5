/** Connects a project to whose settings somebody has added the plugin's address. */
import type { Log } from '@suggestive/shared/bridge/deps'
import type { Connector } from '@suggestive/shared/connect/outcome'
import { Problem } from '@suggestive/shared/problem'
import { type ClientOptions, createClient } from '../client.ts'
import type { LabelStudioSettings } from '../settings.ts'
import { connectBody, type Wish } from './wish.ts'

export interface SetUpDeps {
  readonly file: LabelStudioSettings
  readonly connector: Connector<Wish>
  readonly log: Log
  /** Of the form, for people. */
  readonly connectPage: () => string
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  readonly reach?: Pick<ClientOptions, 'pause' | 'timeoutMs' | 'attempts'>
}

export interface SetUp {
  /** @throws Problem `conflict` that says what is missing */
  begin(project: number, host: string): Promise<void>
  /** Why the last attempts failed, by project. */
  failures(): ReadonlyMap<number, string>
}

/** Label Studio asks for the set-up before it has noted the backend. */
const attempts = 10
const pauseMs = 1000

export function createSetUp(deps: SetUpDeps): SetUp {
  const { file, connector, log, signal } = deps
  const underWay = new Map<number, Promise<void>>()
  const failures = new Map<number, string>()

  /** Only Label Studio's own word counts: anybody may call us. */
  async function addressIn(project: number, host: string): Promise<string | undefined> {
    const { server } = file.read()
    if (server === undefined) return undefined
    const client = createClient({ ...deps.reach, ...server })
    for (let attempt = 1; attempt <= attempts; attempt++) {
      await deps.pause(pauseMs, signal)
      const backends = await client.backends(project, signal)
      const own = backends.find(({ url }) => URL.canParse(url) && new URL(url).host === host)
      if (own !== undefined) return own.url
    }
    return undefined
  }

  async function connect(project: number, host: string): Promise<void> {
    const pluginAddress = await addressIn(project, host)
    if (pluginAddress === undefined) {
      throw new Problem(
        'not-found',
        `Project ${project} has no ML backend at ${host}: add it again.`,
      )
    }
    const wish = connectBody.parse({ project, pluginAddress, mlBackend: false })
    const { checks, isConnected } = await connector.connect(wish, signal)
    if (isConnected) return
    const reasons = checks.filter(({ state }) => state === 'broken').map(({ finding }) => finding)
    throw new Problem('conflict', reasons.join(' '))
  }

  return {
    failures: () => failures,
    async begin(project, host) {
      if (file.read().server === undefined) {
        throw new Problem(
          'conflict',
          `The plugin does not know this Label Studio yet: open ${deps.connectPage()} on its machine, or run npx suggest connect label-studio --url ... --token ...; then add the ML backend again.`,
        )
      }
      // Being connected by the form or the command line, which add the ML backend themselves.
      if (underWay.has(project) || file.read().projects[project] !== undefined) return
      const work = connect(project, host)
        .then(
          () => void failures.delete(project),
          (error: unknown) => {
            if (signal.aborted) return
            failures.set(project, error instanceof Error ? error.message : String(error))
            log.warn({ project, error: String(error) }, 'a project could not be connected')
          },
        )
        .finally(() => underWay.delete(project))
      underWay.set(project, work)
    },
  }
}
