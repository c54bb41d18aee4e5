/** Puts the plugin together and takes it apart again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ownerAt } from '@suggestive/shared/access'
import type { Log } from '@suggestive/shared/bridge/deps'
import { createProbes } from '@suggestive/shared/connect/probes'
import { createConnections } from '@suggestive/shared/connections'
import { createService } from '@suggestive/shared/service'
import { createSidecarClient } from '@suggestive/shared/sidecar-client'
import { systemClock, systemTimers } from '@suggestive/shared/system-time'
import { mountRoutes } from './app.ts'
import { createConnector } from './connect/connector.ts'
import { createSetUp } from './connect/set-up.ts'
import { statusOf } from './connect/status.ts'
import { openConnection, type Surroundings } from './connection.ts'
import { takeDelivery } from './deliveries.ts'
import type { PluginOptions } from './options.ts'
import { backendAccount, openSettings } from './settings.ts'
import { startTraining } from './training.ts'

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
  const page = options.page ?? options.sidecar
  const surroundings = {
    ...reach,
    file,
    sidecar,
    clock: systemClock,
    timers: systemTimers,
    log,
    page,
    pollSeconds: options.pollSeconds,
  }
  const connections = createConnections(file, log, (project, own, server) =>
    openConnection(project, own, server, surroundings),
  )
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
    basic: options.basic,
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
    isOwner: ownerAt(options.sidecar, signal),
  }
  const service = createService({
    version,
    log,
    portSetting: '"port" in the section "label-studio" of suggest.json',
    routes: (app) => mountRoutes(app, deps),
    first: (request, response) =>
      takeDelivery(request, response, {
        connections,
        probes,
        account: () => backendAccount(options.basic, file.read().server),
        train: (connection) => void startTraining(connection, sidecar, log, signal),
      }),
  })
  const bound = await service.listen(options.port, options.host)
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
