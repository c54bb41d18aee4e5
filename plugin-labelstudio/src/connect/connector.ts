/** Connects projects of Label Studio and lets go of them, while everything else goes on. */

import { randomBytes } from 'node:crypto'
import type { Log } from '@suggestive/shared/bridge/deps'
import type { Check } from '@suggestive/shared/connect/check'
import type { Connector, Outcome } from '@suggestive/shared/connect/outcome'
import type { Probes } from '@suggestive/shared/connect/probes'
import { requireSameServer } from '@suggestive/shared/connect/same-server'
import { sidecarCheck } from '@suggestive/shared/connect/sidecar-check'
import type { Connections } from '@suggestive/shared/connections'
import { Problem } from '@suggestive/shared/problem'
import { changeProject, removeProject } from '@suggestive/shared/settings-file'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import { isLiveVersion } from '../backend/predictions.ts'
import type { Project } from '../client/wire.ts'
import { type Client, type ClientOptions, createClient } from '../client.ts'
import type { Connection } from '../connection.ts'
import { rememberBefore } from '../published.ts'
import { backendAccount, connected, type LabelStudioSettings, type Server } from '../settings.ts'
import { addBackend, backendTitle, ownBackends, probeWebhook } from './back-channel.ts'
import { changesOf } from './changes.ts'
import { examineProject, type ProjectExamined } from './examine-project.ts'
import { examineServer } from './examine-server.ts'
import type { Wish } from './wish.ts'

export interface ConnectorDeps {
  readonly file: LabelStudioSettings
  readonly connections: Connections<Connection>
  readonly sidecar: SidecarClient
  readonly probes: Probes
  readonly log: Log
  /** Where Label Studio reaches the plugin unless somebody says otherwise. */
  readonly usualAddress: () => string
  /** As configured; else the plugin makes a password. */
  readonly basic: { readonly user: string; readonly password: string } | undefined
  readonly reach?: Pick<ClientOptions, 'pause' | 'timeoutMs' | 'attempts'>
  /** For the arrival of a webhook. */
  readonly probeMs?: number
}

interface Examined extends Outcome {
  readonly server: Server
  readonly client: Client
  readonly found: ProjectExamined | undefined
}

export function createConnector(deps: ConnectorDeps): Connector<Wish> {
  const { file, connections, sidecar, probes, log, basic } = deps

  /** @throws Problem `wrong-use` without an address or a token */
  function serverFor(wish: Wish): Server {
    const before = file.read().server
    const address = (wish.address ?? before?.address)?.replace(/\/+$/, '')
    const isSame = address === before?.address
    const token = wish.token ?? (isSame ? before?.token : undefined)
    if (address === undefined || token === undefined) {
      const what = address === undefined ? 'the address of Label Studio' : 'a token for it'
      throw new Problem('wrong-use', `Give ${what}: the plugin does not know it yet.`)
    }
    const publicAddress = wish.publicAddress ?? (isSame ? before?.publicAddress : undefined)
    return {
      address,
      token,
      ...(publicAddress === undefined ? {} : { publicAddress }),
      backendPassword: before?.backendPassword ?? randomBytes(32).toString('base64url'),
      pluginAddress: wish.pluginAddress ?? before?.pluginAddress ?? deps.usualAddress(),
      imageOrigins: wish.imageOrigins ?? (isSame ? (before?.imageOrigins ?? []) : []),
    }
  }

  /** As before, unless somebody says otherwise. */
  function leftOutBy({ leaveOut, project }: Wish): readonly string[] {
    return leaveOut ?? file.read().projects[project ?? 0]?.leftOut ?? []
  }

  function clientOf({ address, token, imageOrigins }: Server): Client {
    return createClient({ ...deps.reach, address, token, imageOrigins })
  }

  async function examine(wish: Wish, signal: AbortSignal): Promise<Examined> {
    const server = serverFor(wish)
    const client = clientOf(server)
    const checks: Check[] = [await sidecarCheck(sidecar, signal)]
    const examined = await examineServer(client, server, signal)
    checks.push(...examined.checks)
    const projects = (examined.projects ?? []).map(({ id, title, task_number }) => ({
      id,
      title,
      tasks: task_number ?? null,
      isConnected: connections.get(id) !== undefined,
    }))
    const found =
      wish.project === undefined || examined.projects === undefined
        ? undefined
        : await examineProject(client, wish.project, server, leftOutBy(wish), signal)
    checks.push(...(found?.checks ?? []))
    const changes = changesOf(found?.project, wish)
    return { server, client, found, checks, projects, changes, isConnected: false }
  }

  const webhookCheck = (
    client: Client,
    project: Project,
    { pluginAddress }: Server,
    signal: AbortSignal,
  ) => probeWebhook(client, project, pluginAddress, probes, signal, deps.probeMs)

  async function remember(
    project: Project,
    wish: Wish,
    { client, server, found }: Examined,
    signal: AbortSignal,
  ) {
    const present = await ownBackends(client, project.id, server.pluginAddress, signal).catch(
      () => [],
    )
    // Adding the ML backend has put its title there: before, there was none.
    const wasBackend = present.some(({ title }) => title === project.model_version)
    const before = wasBackend ? { ...project, model_version: '' } : project
    await file.change((current) => {
      const own = current.projects[project.id]
      const next = own ?? connected.parse({ webhookSecret: randomBytes(32).toString('base64url') })
      return {
        ...current,
        server,
        projects: {
          ...current.projects,
          [project.id]: {
            ...next,
            repairs: wish.repairs,
            graded: wish.graded,
            leftOut: [...(found?.leftOut ?? [])],
            memory: rememberBefore(next.memory, before),
          },
        },
      }
    })
  }

  return {
    async check(wish, signal) {
      const { client, server, found, checks, projects, changes } = await examine(wish, signal)
      const all = [...checks]
      if (found?.project !== undefined && !checks.some(({ state }) => state === 'broken')) {
        all.push(await webhookCheck(client, found.project, server, signal))
      }
      return { checks: all, projects, changes, isConnected: false }
    },

    async connect(wish, signal) {
      requireSameServer(file, serverFor(wish))
      const examined = await examine(wish, signal)
      const { server, client, found, projects, changes } = examined
      const checks = [...examined.checks]
      const outcome = { checks, projects, changes }
      if (checks.some(({ state }) => state === 'broken')) return { ...outcome, isConnected: false }
      const before = file.read().server
      const others = connections.all().filter((one) => one.project !== wish.project)
      if (found?.project === undefined) await file.change((all) => ({ ...all, server }))
      else {
        const { project } = found
        await remember(project, wish, examined, signal)
        checks.push(await webhookCheck(client, project, server, signal))
        const account = backendAccount(basic, server)
        if (wish.mlBackend && account !== undefined) {
          const added = await addBackend(client, project.id, server.pluginAddress, account, signal)
          checks.push(added.check)
          const { id } = added
          if (id !== undefined) {
            await changeProject(file, project.id, (own) => ({ ...own, backend: id }))
          }
        }
        await connections.open(project.id)
        log.info({ project: project.id }, 'somebody has connected a project')
      }
      if (JSON.stringify(before) !== JSON.stringify(server)) {
        for (const { project } of others) await connections.open(project)
      }
      return {
        ...outcome,
        projects: projects.map((one) => ({
          ...one,
          isConnected: connections.get(one.id) !== undefined,
        })),
        isConnected: found?.project !== undefined,
      }
    },

    async disconnect(project, signal) {
      const { server } = file.read()
      const connection = connections.get(project)
      if (connection === undefined || server === undefined) {
        throw new Problem('not-found', `Project ${project} of Label Studio is not connected.`)
      }
      const { client, tool, bridge } = connection
      await bridge.stop()
      try {
        await letGo(client, project, server, () => tool.disconnect(signal), signal)
      } catch (error) {
        // It stays connected until it is restored.
        await connections.open(project)
        throw error
      }
      await connections.close(project)
      await removeProject(file, project)
      log.info({ project }, 'a project was disconnected')
    },
  }
}

/** A project that was deleted needs no restoring. */
async function letGo(
  client: Client,
  project: number,
  server: Server,
  restore: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const { id } of await ownBackends(client, project, server.pluginAddress, signal)) {
      await client.deleteBackend(id, signal)
    }
    const versions = Object.keys(await client.modelVersions(project, signal))
    for (const version of versions) {
      if (isLiveVersion(version)) await client.deleteModelVersion(project, version, signal)
    }
    await restore()
    const now = await client.project(project, signal)
    if (now.model_version === backendTitle) {
      await client.changeProject(project, { model_version: '' }, signal)
    }
  } catch (error) {
    if (!(error instanceof Problem && error.kind === 'not-found')) throw error
  }
}
