/** One connected project: its tool, its bridge, and what answers of the ML backend need. */
import { type Bridge, createBridge } from '@suggestive/shared/bridge'
import type { Clock, Log, Timers } from '@suggestive/shared/bridge/deps'
import { Problem } from '@suggestive/shared/problem'
import { memoryOf, stateOf } from '@suggestive/shared/settings-file'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import { type Client, type ClientOptions, createClient } from './client.ts'
import { type Configuration, readConfiguration } from './codec/configuration.ts'
import { servingOf } from './published.ts'
import type { Connected, LabelStudioSettings, Server } from './settings.ts'
import type { Published } from './state.ts'
import { LabelStudioTool } from './tool.ts'

export interface Surroundings extends Pick<ClientOptions, 'pause' | 'timeoutMs' | 'attempts'> {
  readonly file: LabelStudioSettings
  readonly sidecar: SidecarClient
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  /** Of the sidecar, as people open it. */
  readonly page?: string
  readonly pollSeconds?: number
  readonly hintMs?: number
}

export interface Connection {
  /** Id in Label Studio. */
  readonly project: number
  readonly secret: string
  readonly tool: LabelStudioTool
  readonly bridge: Bridge
  readonly client: Client
  /** Name of the project in the sidecar; undefined until the first poll has made it. */
  sidecarProject(): string | undefined
  /** The last one that was read; read anew in the background when it is old. */
  configuration(signal: AbortSignal): Promise<Configuration>
  /** What Label Studio serves now. */
  serving(): Promise<Published | undefined>
  /** Sentences about the webhook and the like; empty when all is well. */
  faults(): readonly string[]
  stop(): Promise<void>
}

/** Age at which the configuration is read again, milliseconds. */
const configurationMs = 30_000

export function openConnection(
  project: number,
  own: Connected,
  server: Server,
  surroundings: Surroundings,
): Connection {
  const { file, clock, log, pause, timeoutMs, attempts, ...rest } = surroundings
  const { address, token, imageOrigins, publicAddress, pluginAddress } = server
  const reach: ClientOptions = {
    address,
    token,
    imageOrigins,
    ...(pause === undefined ? {} : { pause }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(attempts === undefined ? {} : { attempts }),
  }
  const client = createClient(reach)
  const memory = memoryOf(file, project)
  const faults = new Map<string, string>()
  const tool = new LabelStudioTool({
    ...reach,
    project,
    memory,
    leftOut: own.leftOut,
    isGraded: own.graded,
    ...(publicAddress === undefined ? {} : { publicAddress }),
    webhook: {
      url: webhookUrl(pluginAddress),
      secret: own.webhookSecret,
      isRestored: own.repairs,
    },
    report(key, sentence) {
      if (sentence === undefined) faults.delete(key)
      else if (faults.get(key) !== sentence) log.warn({ project, about: key }, sentence)
      if (sentence !== undefined) faults.set(key, sentence)
    },
  })
  const state = stateOf(file, project)
  const bridge = createBridge({
    ...rest,
    clock,
    log,
    tool,
    state,
    onDrift: own.repairs ? 'repair' : 'report',
  })
  let read: { readonly configuration: Configuration; readonly at: number } | undefined
  let reading: Promise<Configuration> | undefined

  async function readAnew(signal: AbortSignal): Promise<Configuration> {
    const { parsed_label_config } = await client.project(project, signal)
    const found = readConfiguration(parsed_label_config, own.leftOut)
    if (found.kind === 'refused') throw new Problem('wrong-use', found.reason)
    read = { configuration: found.configuration, at: clock.now() }
    return found.configuration
  }

  return {
    project,
    secret: own.webhookSecret,
    tool,
    bridge,
    client,
    sidecarProject: () => state.read().project,
    async configuration(signal) {
      const isOld = read === undefined || clock.now() - read.at > configurationMs
      if (isOld && reading === undefined) {
        reading = readAnew(signal).finally(() => {
          reading = undefined
        })
        reading.catch(() => {})
      }
      if (read !== undefined) return read.configuration
      return reading ?? readAnew(signal)
    },
    serving: async () => servingOf(await memory.read()),
    faults: () => [...faults.values()],
    async stop() {
      await bridge.stop()
      await tool.close()
    },
  }
}

/** Where Label Studio sends what happens. */
function webhookUrl(pluginAddress: string): string {
  return `${pluginAddress.replace(/\/+$/, '')}/webhook`
}
