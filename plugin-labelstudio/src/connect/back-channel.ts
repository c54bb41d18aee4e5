/** Whether Label Studio reaches the plugin: webhooks for speed, the ML backend for the smart tool. Polling needs neither. */

import { type Check, note, ok } from '@suggestive/shared/connect/check'
import { isLoopback, isPrivate } from '@suggestive/shared/connect/private-address'
import type { Probes } from '@suggestive/shared/connect/probes'
import { Problem } from '@suggestive/shared/problem'
import type { Project } from '../client/wire.ts'
import type { Client } from '../client.ts'
import { deliveryHeader } from '../webhooks.ts'

/** What somebody has to change so that Label Studio calls a private address. */
const unblock =
  'Label Studio does not call private addresses by default: start it with LABEL_STUDIO_SSRF_PROTECTION_ENABLED=false and LABEL_STUDIO_ML_BLOCK_LOCAL_IP=false'

/** Label Studio gives a delivery 1 s; with a queue of its own it comes a moment later. */
const arrivalMs = 3000

export const backendTitle = 'Suggestive annotation'

/** Adds a webhook of its own, makes Label Studio deliver something, and removes it again. */
export async function probeWebhook(
  client: Client,
  project: Project,
  pluginAddress: string,
  probes: Probes,
  signal: AbortSignal,
  waitMs = arrivalMs,
): Promise<Check> {
  const url = `${pluginAddress.replace(/\/+$/, '')}/webhook/probe`
  const probe = probes.open()
  let added: number | undefined
  try {
    const hook = await client.addWebhook(
      {
        url,
        project: project.id,
        is_active: true,
        send_payload: false,
        send_for_all_actions: false,
        headers: { Authorization: deliveryHeader(probe.secret) },
        actions: ['PROJECT_UPDATED'],
      },
      signal,
    )
    added = hook.id
    // Nothing changes, but Label Studio tells of it.
    const same = { show_collab_predictions: project.show_collab_predictions }
    await client.changeProject(project.id, same, signal)
    if (await probe.arrived('webhook', waitMs)) return ok('webhook', `Label Studio reaches ${url}.`)
    return note(
      'webhook',
      `Label Studio took the webhook, but nothing arrived at ${url} within ${waitMs / 1000} s. ${remedyFor(pluginAddress)} ${meanwhile}`,
    )
  } catch (error) {
    if (!(error instanceof Problem) || signal.aborted) throw error
    return note('webhook', `${error.message} ${remedyFor(pluginAddress)} ${meanwhile}`)
  } finally {
    probe.close()
    if (added !== undefined) await client.deleteWebhook(added, signal)
  }
}

const meanwhile = 'Until then annotations are noticed by polling only, some seconds later.'

function remedyFor(address: string): string {
  if (!isPrivate(address)) {
    return `See whether the machine of Label Studio reaches ${address} (firewall, proxy), or name another address with --plugin-address.`
  }
  const elsewhere = isLoopback(address)
    ? ' Where Label Studio runs in a container or on another machine, name an address of this one with --plugin-address, e.g. http://host.docker.internal:8471.'
    : ''
  return `${unblock}.${elsewhere}`
}

export interface BackendAdded {
  readonly check: Check
  /** Undefined when it was there already or could not be added. */
  readonly id: number | undefined
}

/** Adds the plugin as an ML backend, which the smart tool needs. */
export async function addBackend(
  client: Client,
  project: number,
  pluginAddress: string,
  basic: { readonly user: string; readonly password: string },
  signal: AbortSignal,
): Promise<BackendAdded> {
  const name = 'ML backend'
  try {
    const present = await ownBackends(client, project, pluginAddress, signal)
    if (present.length > 0) {
      return { check: ok(name, 'The project has this ML backend already.'), id: undefined }
    }
    const { id } = await client.addBackend(
      {
        project,
        url: pluginAddress,
        title: backendTitle,
        auth_method: 'BASIC_AUTH',
        basic_auth_user: basic.user,
        basic_auth_pass: basic.password,
        is_interactive: true,
      },
      signal,
    )
    return { check: ok(name, `Added as "${backendTitle}", for the smart tool.`), id }
  } catch (error) {
    if (!(error instanceof Problem) || signal.aborted) throw error
    // Refused for its private address, it is there all the same, and would only show errors.
    for (const { id } of await ownBackends(client, project, pluginAddress, signal)) {
      await client.deleteBackend(id, signal)
    }
    const finding = `${error.message} ${remedyFor(pluginAddress)} Until then the smart tool does not answer; everything else works.`
    return { check: note(name, finding), id: undefined }
  }
}

/** Those of the project that are this plugin. */
export async function ownBackends(
  client: Client,
  project: number,
  pluginAddress: string,
  signal: AbortSignal,
) {
  const plain = (url: string) => url.replace(/\/+$/, '')
  const all = await client.backends(project, signal)
  return all.filter(({ url }) => plain(url) === plain(pluginAddress))
}
