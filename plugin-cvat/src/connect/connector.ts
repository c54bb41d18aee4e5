/** Connects projects of CVAT and lets go of them, while everything else goes on. */
import { randomBytes } from 'node:crypto'
import type { Log } from '@suggestive/shared/bridge/deps'
import { brokenBy, type Check } from '@suggestive/shared/connect/check'
import type { Connector, Outcome } from '@suggestive/shared/connect/outcome'
import type { Probes } from '@suggestive/shared/connect/probes'
import { requireSameServer } from '@suggestive/shared/connect/same-server'
import { sidecarCheck } from '@suggestive/shared/connect/sidecar-check'
import type { Connections } from '@suggestive/shared/connections'
import { Problem } from '@suggestive/shared/problem'
import { removeProject } from '@suggestive/shared/settings-file'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import { stages } from '../client/wire.ts'
import type { Client } from '../client.ts'
import { type Connection, clientFor, type Reach, toolOptions } from '../connection.ts'
import { withLinks } from '../links/personal.ts'
import { Turns } from '../pool/turns.ts'
import { type Connected, type CvatSettings, connected, type Server } from '../settings.ts'
import { CvatTool } from '../tool.ts'
import { probeWebhook } from './back-channel.ts'
import { changesOf } from './changes.ts'
import { examineProject, type ProjectExamined } from './examine-project.ts'
import { examineServer } from './examine-server.ts'
import { linkCheck } from './link-check.ts'
import { poolCheck } from './new-pool.ts'
import { removeOldWebhooks } from './old-webhooks.ts'
import { requireSameWorkspace, serverFor, type UsualAddresses } from './server-wish.ts'
import type { Wish } from './wish.ts'

export interface ConnectorDeps {
  readonly file: CvatSettings
  readonly connections: Connections<Connection>
  readonly sidecar: SidecarClient
  readonly probes: Probes
  readonly log: Log
  readonly usual: () => UsualAddresses
  readonly reach: Reach
  /** For the arrival of a delivery. */
  readonly probeMs?: number
}

interface Examined extends Outcome {
  readonly server: Server
  readonly client: Client
  readonly found: ProjectExamined | undefined
  /** What the project's settings become. */
  readonly own: Connected
}

export function createConnector(deps: ConnectorDeps): Connector<Wish> {
  const { file, connections, sidecar, probes, log } = deps
  /** Command line, form and impatient people come at the same time. */
  const turns = new Turns()

  const serverOf = (wish: Wish) => serverFor(wish, file.read().server, deps.usual())

  async function examine(wish: Wish, signal: AbortSignal): Promise<Examined> {
    const server = serverOf(wish)
    const client = clientFor(server, deps.reach)
    const checks: Check[] = [await sidecarCheck(sidecar, signal)]
    const { checks: more, projects, account } = await examineServer(client, server, signal)
    checks.push(...more)
    const listed = (projects ?? []).map(({ id, name, tasks }) => ({
      id,
      title: name,
      tasks: tasks.count,
      isConnected: connections.get(id) !== undefined,
    }))
    const { project, annotators: named, makePool } = wish
    const settings = file.read()
    const id = project ?? 0
    const before = ownFor(wish, settings.projects[id] ?? formerOf(settings, id, server))
    const makesPool = makePool || (before.makesPool && wish.wholeJobs !== true)
    const { organization } = server
    const found =
      project === undefined || account === undefined
        ? undefined
        : await examineProject(
            client,
            { ...before, account, organization, project, named, makesPool },
            signal,
          )
    checks.push(...(found?.checks ?? []))
    const annotators = [...(found?.annotators ?? before.annotators)]
    const own = { ...before, annotators, makesPool }
    if (found?.project !== undefined && makesPool && isGood(checks)) {
      const mayUpload = wish.upload || before.makesPool
      checks.push(await planCheck(found.project.id, own, { server, client, mayUpload }, signal))
    }
    if (found !== undefined && own.annotators.length > 0) checks.push(linkCheck(server))
    const changes = changesOf(found?.jobs, own)
    const known =
      account === undefined
        ? server
        : { ...server, account: { id: account.id, username: account.username } }
    return {
      server: known,
      client,
      found,
      own,
      checks,
      projects: listed,
      changes,
      isConnected: false,
    }
  }

  async function webhookChecks(
    { client, server, found, own }: Examined,
    signal: AbortSignal,
  ): Promise<Check[]> {
    if (found?.project === undefined || !own.hasWebhook) return []
    const { pluginAddress } = server
    const { task, project } = found
    const probing = { client, task, pluginAddress, probes, waitMs: deps.probeMs }
    return [await probeWebhook({ ...probing, project: project.id }, signal)]
  }

  async function connect(wish: Wish, signal: AbortSignal): Promise<Outcome> {
    requireSameServer(file, serverOf(wish))
    requireSameWorkspace(file, serverOf(wish), wish.project)
    const examined = await examine(wish, signal)
    const { server, found, own, projects, changes, checks } = examined
    if (!isGood(checks)) return { checks, projects, changes, isConnected: false }
    const more = await webhookChecks(examined, signal)
    const before = file.read().server
    const id = found?.project?.id
    const others = connections.all().filter(({ project }) => project !== id)
    await removeOldWebhooks(deps, server, own.hasWebhook ? undefined : id, signal)
    // What is under way would go on remembering things by the old settings.
    if (id !== undefined) await connections.close(id)
    try {
      await file.change((all) => {
        if (id === undefined) return { ...all, server }
        // What bridge and tool have remembered meanwhile stays, and so does what they need from former times.
        const known = memoriesOf(all.projects[id] ?? formerOf(all, id, server), own.stage)
        const { [id]: _, ...former } = all.former ?? {}
        const { lastServer: _here, ...now } = { ...own, ...known }
        const projects = { ...all.projects, [id]: withLinks(now, own.annotators) }
        return { server, projects, former }
      })
    } finally {
      if (id !== undefined) await connections.open(id)
    }
    if (id !== undefined) log.info({ project: id }, 'somebody has connected a project')
    if (JSON.stringify(before) !== JSON.stringify(server)) {
      for (const { project } of others) await connections.open(project)
    }
    return {
      checks: [...checks, ...more],
      changes,
      projects: projects.map((one) => ({
        ...one,
        isConnected: connections.get(one.id) !== undefined,
      })),
      isConnected: id !== undefined,
    }
  }

  async function disconnect(project: number, signal: AbortSignal): Promise<void> {
    const connection = connections.get(project)
    if (connection === undefined) {
      throw new Problem('not-found', `Project ${project} of CVAT is not connected.`)
    }
    await connection.stop()
    try {
      await connection.agent.leave(signal)
      await connection.tool.disconnect(signal)
    } catch (error) {
      // A project that was deleted needs no restoring; any other stays connected until it is restored.
      if (!(error instanceof Problem && error.kind === 'not-found')) {
        await connections.open(project)
        throw error
      }
    }
    await connections.close(project)
    const lastServer = file.read().server?.address
    await removeProject(file, project, ({ webhookSecret, memory }) =>
      connected.parse({ webhookSecret, memory, lastServer }),
    )
    log.info({ project }, 'a project was disconnected')
  }

  return {
    async check(wish, signal) {
      const examined = await examine(wish, signal)
      const { checks, projects, changes } = examined
      const more = isGood(checks) ? await webhookChecks(examined, signal) : []
      return { checks: [...checks, ...more], projects, changes, isConnected: false }
    },

    connect: (wish, signal) => turns.take(() => connect(wish, signal)),

    disconnect: (project, signal) => turns.take(() => disconnect(project, signal)),
  }
}

const isGood = (checks: readonly Check[]) => !checks.some(({ state }) => state === 'broken')

/** What new tasks would cost; nothing is remembered or changed. */
async function planCheck(
  project: number,
  own: Connected,
  {
    server,
    client,
    mayUpload,
  }: Pick<Examined, 'server' | 'client'> & {
    readonly mayUpload: boolean
  },
  signal: AbortSignal,
): Promise<Check> {
  const memory = { read: async () => own.memory, write: async () => {} }
  const tool = new CvatTool({ ...toolOptions(project, own, server), client, memory })
  try {
    return poolCheck(await tool.planPool(signal), mayUpload)
  } catch (error) {
    return brokenBy('new tasks', error)
  }
}

/** As before, unless somebody says otherwise. */
function ownFor(wish: Wish, before: Connected | undefined): Connected {
  const own = before ?? connected.parse({ webhookSecret: randomBytes(32).toString('base64url') })
  return {
    ...own,
    stage: wish.stage ?? own.stage,
    mode: wish.mode ?? own.mode,
    shape: wish.shape ?? own.shape,
    wholeJobs: wish.wholeJobs ?? own.wholeJobs,
    hasWebhook: wish.webhook ?? own.hasWebhook,
    agent: wish.agent ?? own.agent,
    repairs: wish.repairs,
  }
}

/** What is remembered from former times of a project of this very server. */
function formerOf(
  { former }: ReturnType<CvatSettings['read']>,
  id: number,
  { address }: Pick<Server, 'address'>,
): Connected | undefined {
  const found = former?.[id]
  return found?.lastServer === address ? found : undefined
}

/** What is not for the wish to say. */
function memoriesOf(own: Connected | undefined, stage: Connected['stage']): Partial<Connected> {
  if (own === undefined) return {}
  const { bridge, memory, links, webhookSecret, agentFunction } = own
  const kept = { bridge, memory, links, webhookSecret, agentFunction }
  if (own.stage === stage) return kept
  // Everything is read again by the other measure: what was finished before may count now, or not any more.
  const isStricter = stages.indexOf(stage) > stages.indexOf(own.stage)
  return {
    ...kept,
    bridge: { ...bridge, cursor: undefined },
    memory: isStricter ? { ...memory, finished: [] } : memory,
  }
}
