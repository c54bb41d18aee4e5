/** Whether CVAT reaches the plugin with a ping *and* with an event, which other processes of CVAT send (contract section 9). */
import { type Check, note, ok } from '@suggestive/shared/connect/check'
import { isLoopback, isPrivate } from '@suggestive/shared/connect/private-address'
import type { Probes } from '@suggestive/shared/connect/probes'
import { Problem } from '@suggestive/shared/problem'
import type { Delivery, Task } from '../client/wire.ts'
import type { Client } from '../client.ts'

/** The worker that sends events looks for them a moment later. */
const arrivalMs = 5000
/** To take the webhook away again. */
const cleanUpMs = 20_000

const meanwhile = 'Until then finished jobs are noticed by polling only, some seconds later.'

export interface WebhookProbe {
  readonly client: Client
  readonly project: number
  /** Of the project, to cause an event; without one only the ping can be tried. */
  readonly task: Task | undefined
  readonly pluginAddress: string
  readonly probes: Probes
  readonly waitMs?: number | undefined
}

/** Adds a webhook of its own, makes CVAT send both kinds of deliveries, and removes it again. */
export async function probeWebhook(probing: WebhookProbe, signal: AbortSignal): Promise<Check> {
  const { client, project, task, pluginAddress, probes, waitMs = arrivalMs } = probing
  const url = `${pluginAddress.replace(/\/+$/, '')}/webhook/probe`
  const probe = probes.open()
  let added: number | undefined
  try {
    const hook = await client.addWebhook(
      {
        target_url: url,
        project_id: project,
        secret: probe.secret,
        enable_ssl: url.startsWith('https:'),
        is_active: true,
        events: ['update:task'],
      },
      signal,
    )
    added = hook.id
    await client.pingWebhook(added, signal)
    if (!(await probe.arrived('ping', waitMs))) {
      const why = statusOf(await client.deliveries(added, signal), 'ping')
      return note(
        'webhook',
        `The ping of CVAT does not arrive at ${url}${why}. ${remedyFor(pluginAddress, 'cvat_server')} ${meanwhile}`,
      )
    }
    if (task === undefined) {
      return note(
        'webhook',
        `The ping arrives at ${url}; events can be tried once there is a task.`,
      )
    }
    // Nothing changes, but CVAT tells of it.
    await client.setBugTracker(task.id, task.bug_tracker, signal)
    if (await probe.arrived('update:task', waitMs)) {
      return ok('webhook', `Ping and events of CVAT arrive at ${url}.`)
    }
    const why = statusOf(await client.deliveries(added, signal), 'update:task')
    return note(
      'webhook',
      `The ping arrives at ${url}, but an event does not${why}: another process of CVAT sends it, with a proxy setting of its own. ${remedyFor(pluginAddress, 'cvat_worker_webhooks')} ${meanwhile}`,
    )
  } catch (error) {
    if (!(error instanceof Problem) || signal.aborted) throw error
    return note('webhook', `${error.message} ${meanwhile}`)
  } finally {
    probe.close()
    // Also when whoever asked has gone away.
    if (added !== undefined) await client.deleteWebhook(added, AbortSignal.timeout(cleanUpMs))
  }
}

/** What CVAT itself notes about the newest delivery of a kind. */
function statusOf(deliveries: readonly Delivery[], event: string): string {
  const [newest] = deliveries
    .filter((one) => one.event === event)
    .toSorted((a, b) => Date.parse(b.created_date) - Date.parse(a.created_date))
  if (newest === undefined) return ' (CVAT has not sent it yet; is the webhooks worker running?)'
  return newest.status_code === null
    ? ' (CVAT has tried and got no answer)'
    : ` (CVAT notes status ${newest.status_code})`
}

function remedyFor(address: string, service: string): string {
  if (!isPrivate(address)) {
    return `See whether the machine of CVAT reaches ${address} (firewall, proxy), or name another address with --plugin-address.`
  }
  const elsewhere = isLoopback(address)
    ? ' CVAT in containers needs an address of this machine: --plugin-address http://host.docker.internal:8472, and "host": "0.0.0.0" in the section cvat of suggest.json.'
    : ''
  return `CVAT sends through its proxy Smokescreen, which refuses private addresses: set SMOKESCREEN_OPTS="--allow-address=IP" with the plugin's IP for ${service} (outside of Docker: SMOKESCREEN_ENABLED=false).${elsewhere}`
}
