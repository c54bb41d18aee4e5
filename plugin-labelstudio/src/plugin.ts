/** Puts the plugin together and takes it apart again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@suggestive/shared/bridge/deps'
import { Problem } from '@suggestive/shared/problem'
import { createService } from '@suggestive/shared/service'
import { createSidecarClient } from '@suggestive/shared/sidecar-client'
import { mountRoutes } from './app.ts'
import { createConnector } from './connect/connector.ts'
import { createProbes } from './connect/probes.ts'
import { createSetUp } from './connect/set-up.ts'
import { statusOf } from './connect/status.ts'
import type { Surroundings } from './connection.ts'
import { createConnections } from './connections.ts'
import { takeDelivery } from './deliveries.ts'
import type { PluginOptions } from './options.ts'
import { openSettings } from './settings-file.ts'

export interface Plugin {
  /** Where it listens, e.g. `http://127.0.0.1:8471`. */
  readonly address: string
  /** Ends all work; nothing is changed in Label Studio. */
  close(): Promise<void>
}

export interface PluginSurroundings
  extends Partial<Pick<Surroundings, 'pause' | 'timeoutMs' | 'attempts' | 'hintMs'>> {
  readonly log: Log
  /** Of the product. */
  readonly version: string
  readonly probeMs?: number
}

/** @throws Problem for everything that a person has to change first */
export async function openPlugin(
  options: PluginOptions,
  { log, version, probeMs, ...reach }: PluginSurroundings,
): Promise<Plugin> {
  const stopping = new AbortController()
  const { signal } = stopping
  const file = await openSettings(options.file)
  if (file.fault !== undefined) log.error({}, file.fault)
  const sidecar = createSidecarClient({ address: options.sidecar, token: options.serviceToken })
  const clock = { now: () => Date.now() }
  const timers = {
    after(ms: number, callback: () => void) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  }
  const page = options.page ?? options.sidecar
  const connections = createConnections({
    ...reach,
    file,
    sidecar,
    clock,
    timers,
    log,
    page,
    pollSeconds: options.pollSeconds,
  })
  let address = ''
  const usualAddress = () => options.publicAddress ?? address
  const probes = createProbes()
  const connector = createConnector({
    file,
    connections,
    sidecar,
    probes,
    log,
    usualAddress,
    basic: options.basic ?? { user: 'suggest', password: 'suggest' },
    reach,
    ...(probeMs === undefined ? {} : { probeMs }),
  })
  const pause =
    reach.pause ?? ((ms: number, stop: AbortSignal) => sleep(ms, undefined, { signal: stop }))
  const connectPage = () => `${address}/connect`
  const setUp = createSetUp({ file, connector, log, connectPage, pause, signal, reach })
  const deps = {
    connections,
    sidecar,
    log,
    basic: options.basic,
    setUp: setUp.begin,
    connector,
    signal,
    page,
    status: () => statusOf(file, connections, setUp, usualAddress()),
    isOwner: (token: string | undefined) => isOwner(options.sidecar, token, signal),
  }
  const { basic } = options
  const service = createService({
    version,
    log,
    routes: (app) => mountRoutes(app, deps),
    first: (request, response) => takeDelivery(request, response, { connections, probes, basic }),
  })
  const bound = await service.listen(options.port, options.host).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error
    const where = 'The port is "port" in the section "label-studio" of suggest.json.'
    throw new Problem(error.kind, `${error.message} ${where}`, { cause: error })
  })
  address = bound.replace(/\/\/(0\.0\.0\.0|\[::\]):/, '//127.0.0.1:')
  await connections.start()
  return {
    address,
    async close() {
      stopping.abort()
      await Promise.all([service.stop(), connections.stop()])
    },
  }
}

/** Asks the sidecar who the holder of the token is there. */
async function isOwner(
  sidecar: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const client = createSidecarClient({ address: sidecar, token, attempts: 1, timeoutMs: 5000 })
  try {
    return (await client.session(signal)).role === 'owner'
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return false
    throw error
  }
}
