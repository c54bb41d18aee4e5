/** One connected project: its tool, its bridge, and what links and AI tools need. */
import { createBridge } from '@suggestive/shared/bridge'
import type { Clock, Log, Timers } from '@suggestive/shared/bridge/deps'
import type { OpenProject } from '@suggestive/shared/connections'
import { changeProject, memoryOf, stateOf } from '@suggestive/shared/settings-file'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import { projectAgent } from './agent/project-agent.ts'
import type { Agent } from './agent.ts'
import { type Client, type ClientOptions, createClient } from './client.ts'
import type { Classes } from './codec/classes.ts'
import { createNewPool, type NewPoolState } from './connect/new-pool.ts'
import type { Next } from './next.ts'
import type { Connected, CvatSettings, Person, Server } from './settings.ts'
import { CvatTool } from './tool.ts'

/** How CVAT is called, where it is not as usual. */
export type Reach = Pick<ClientOptions, 'pause' | 'timeoutMs' | 'attempts'>

export interface Surroundings {
  readonly reach: Reach
  readonly file: CvatSettings
  readonly sidecar: SidecarClient
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  /** Of the sidecar, as people open it. */
  readonly page?: string
  readonly pollSeconds?: number
  readonly hintMs?: number
}

export interface Connection extends OpenProject {
  /** Signs webhooks. */
  readonly secret: string
  readonly tool: CvatTool
  readonly client: Client
  /** Id of the account that the plugin uses; 0 when it is not known. */
  readonly account: number
  /** Name of the project in the sidecar; undefined until the first poll has made it. */
  sidecarProject(): string | undefined
  /** Those that were read last; read anew in the background when they are old. */
  classes(signal: AbortSignal): Promise<Classes>
  next(annotator: Person, signal: AbortSignal): Promise<Next>
  /** The list of jobs in the suggested order. */
  orderLink(): Promise<string>
  /** Answers automatic annotation of CVAT Online, where that is wanted. */
  readonly agent: Agent
  /** While new tasks are made; the project is served when they are there. */
  newPool(): NewPoolState | undefined
  /** Sentences about the webhook and the like; empty when all is well. */
  faults(): readonly string[]
}

/** Age at which classes are read again, milliseconds. */
const classesMs = 30_000

export function openConnection(
  project: number,
  own: Connected,
  server: Server,
  surroundings: Surroundings,
): Connection {
  const { file, clock, log, reach, ...rest } = surroundings
  const client = clientFor(server, reach)
  const faults = new Map<string, string>()
  function report(key: string, sentence: string | undefined): void {
    if (sentence === undefined) faults.delete(key)
    else if (faults.get(key) !== sentence) log.warn({ project, about: key }, sentence)
    if (sentence !== undefined) faults.set(key, sentence)
  }
  const tool = new CvatTool({
    ...toolOptions(project, own, server),
    client,
    memory: memoryOf(file, project),
    now: clock.now,
    report,
  })
  const state = stateOf(file, project)
  const onDrift = own.repairs ? 'repair' : 'report'
  const bridge = createBridge({ ...rest, clock, log, tool, state, onDrift })
  const newPool = createNewPool({
    project,
    tool,
    timers: rest.timers,
    log,
    async done() {
      await changeProject(file, project, (one) => ({ ...one, makesPool: false }))
      bridge.start()
    },
  })
  const sidecarProject = () => state.read().project
  const classes = lastRead((signal) => tool.classes(signal), clock)
  const agent = projectAgent(project, own, {
    ...{ file, client, tool, sidecar: rest.sidecar, sidecarProject, classes },
    ...{ clock, timers: rest.timers, log, report: (sentence) => report('agent', sentence) },
  })

  return {
    project,
    secret: own.webhookSecret,
    account: server.account?.id ?? 0,
    tool,
    // Before the new tasks are there, the old ones would be put in order.
    bridge: {
      ...bridge,
      start() {
        if (own.makesPool) newPool.start()
        else bridge.start()
        agent.start()
      },
    },
    client,
    sidecarProject,
    classes,
    agent,
    next: (annotator, signal) => tool.nextJob(annotator, signal),
    orderLink: () => tool.orderLink(),
    newPool: () => newPool.state(),
    faults: () => [...faults.values()],
    async stop() {
      await agent.stop()
      await newPool.stop()
      await bridge.stop()
      await tool.idle()
    },
  }
}

/** What does not depend on where it runs. */
export function toolOptions(project: number, own: Connected, server: Server) {
  const webhook = {
    url: webhookUrl(server.pluginAddress, project),
    secret: own.webhookSecret,
    isRestored: own.repairs,
  }
  return {
    project,
    publicAddress: server.publicAddress ?? server.address,
    mode: own.mode,
    stage: own.stage,
    shape: own.shape,
    annotators: own.annotators,
    ...(own.hasWebhook ? { webhook } : {}),
  }
}

/** Where CVAT sends what happens. */
export function webhookUrl(pluginAddress: string, project: number): string {
  return `${pluginAddress.replace(/\/+$/, '')}/webhook/${project}`
}

export function clientFor({ address, credentials, organization }: Server, reach: Reach): Client {
  const workspace = organization === undefined ? {} : { organization }
  return createClient({ ...reach, ...workspace, address, credentials })
}

/** Waits for the first reading only. */
function lastRead<Value>(
  read: (signal: AbortSignal) => Promise<Value>,
  clock: Clock,
): (signal: AbortSignal) => Promise<Value> {
  let last: { readonly value: Value; readonly at: number } | undefined
  let reading: Promise<Value> | undefined
  return async (signal) => {
    const isOld = last === undefined || clock.now() - last.at > classesMs
    if (isOld && reading === undefined) {
      const begun = read(signal)
        .then((value) => {
          last = { value, at: clock.now() }
          return value
        })
        .finally(() => {
          reading = undefined
        })
      begun.catch(() => {})
      reading = begun
    }
    if (last !== undefined) return last.value
    return reading ?? read(signal)
  }
}
