/** Puts the plugin together and takes it apart again. */
import { ownerAt } from '@suggestive/shared/access'
import type { Log } from '@suggestive/shared/bridge/deps'
import { createProbes } from '@suggestive/shared/connect/probes'
import { createConnections } from '@suggestive/shared/connections'
import { createService } from '@suggestive/shared/service'
import { createSidecarClient } from '@suggestive/shared/sidecar-client'
import { systemClock, systemTimers } from '@suggestive/shared/system-time'
import { mountRoutes } from './app.ts'
import { createConnector } from './connect/connector.ts'
import { statusOf } from './connect/status.ts'
import { openConnection, type Reach } from './connection.ts'
import { takeDelivery } from './deliveries.ts'
import { openNuclio } from './nuclio/server.ts'
import type { PluginOptions } from './options.ts'
import { openSettings } from './settings.ts'

export interface Plugin {
  /** Where it listens, e.g. `http://127.0.0.1:8472`. */
  readonly address: string
  /** Where CVAT's AI tools are answered; undefined when they are not. */
  readonly nuclio: string | undefined
  /** Ends all work; nothing is changed in CVAT. */
  close(): Promise<void>
}

export interface PluginSurroundings extends Reach {
  readonly log: Log
  /** Of the product. */
  readonly version: string
  readonly hintMs?: number
  readonly probeMs?: number
}

/** @throws Problem for everything that a person has to change first */
export async function openPlugin(
  options: PluginOptions,
  { log, version, probeMs, hintMs, ...reach }: PluginSurroundings,
): Promise<Plugin> {
  const stopping = new AbortController()
  const { signal } = stopping
  const file = await openSettings(options.file)
  if (file.fault !== undefined) log.error({}, file.fault)
  const sidecar = createSidecarClient({ address: options.sidecar, token: options.serviceToken })
  const page = options.page ?? options.sidecar
  const surroundings = {
    reach,
    file,
    sidecar,
    clock: systemClock,
    timers: systemTimers,
    log,
    page,
    pollSeconds: options.pollSeconds,
    ...(hintMs === undefined ? {} : { hintMs }),
  }
  const connections = createConnections(file, log, (project, own, server) =>
    openConnection(project, own, server, surroundings),
  )
  let address = ''
  const usual = () => ({
    plugin: options.publicAddress ?? address,
    links: options.linkAddress ?? options.publicAddress ?? address,
  })
  const probes = createProbes()
  const connector = createConnector({
    file,
    connections,
    sidecar,
    probes,
    log,
    usual,
    reach,
    ...(probeMs === undefined ? {} : { probeMs }),
  })
  const nuclio =
    options.nuclio === undefined
      ? undefined
      : await openNuclio(options.nuclio, {
          ...{ connections, sidecar, log, signal, version, clock: systemClock },
        })
  const deps = {
    file,
    connections,
    connector,
    clock: systemClock,
    log,
    signal,
    page,
    status: () => statusOf(file, connections, usual(), nuclio?.address),
    isOwner: ownerAt(options.sidecar, signal),
  }
  const service = createService({
    version,
    log,
    portSetting: '"port" in the section "cvat" of suggest.json',
    routes: (app) => mountRoutes(app, deps),
    first: (request, response) => takeDelivery(request, response, { connections, probes }),
  })
  try {
    const bound = await service.listen(options.port, options.host)
    address = bound.replace(/\/\/(0\.0\.0\.0|\[::\]):/, '//127.0.0.1:')
  } catch (error) {
    await nuclio?.close()
    throw error
  }
  await connections.start()
  return {
    address,
    nuclio: nuclio?.address,
    async close() {
      stopping.abort()
      await Promise.all([service.stop(), nuclio?.close(), connections.stop()])
    },
  }
}
