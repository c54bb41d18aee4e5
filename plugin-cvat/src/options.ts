/** What the plugin is started with. */
import { isIP } from 'node:net'
import { parseJson } from '@suggestive/shared/json'
import { listenHost, pluginSection } from '@suggestive/shared/plugin-section'
import { portBeside, usualSidecar } from '@suggestive/shared/ports'
import { webAddress } from '@suggestive/shared/protocol'
import { checked } from '@suggestive/shared/schema'
import { z } from 'zod'

/** An address, or a network like `172.18.0.0/16`. */
const peer = z
  .string()
  .refine(isPeer, { message: 'must be an IP address or a network like 172.18.0.0/16' })

const nuclio = z.strictObject({
  /** The usual one of Nuclio itself is 8070. */
  port: z.int().min(0).max(65_535),
  host: listenHost,
  /** CVAT's own addresses: it sends no credentials, so that nothing else tells it from others. */
  peers: z.array(peer).min(1).max(100),
  /** Requests of one address. */
  mostPerMinute: z.int().min(1).max(1_000_000).default(3000),
})

/** The section `cvat` of `suggest.json`. */
const section = z.strictObject({
  ...pluginSection(30),
  /** Where annotators reach the plugin, for their personal links, unless a connection says otherwise. */
  linkAddress: webAddress.optional(),
  /** The sidecar's page as people open it: "View bug tracker" in CVAT leads there. */
  pageAddress: webAddress.optional(),
  /** Absent: the plugin does not answer CVAT's AI tools. */
  nuclio: nuclio.optional(),
})

export type NuclioOptions = z.output<typeof nuclio>

export interface PluginOptions {
  readonly host: string
  readonly port: number
  /** Of the settings. */
  readonly file: string
  readonly sidecar: string
  readonly serviceToken: string | undefined
  /** The sidecar as people open it. */
  readonly page: string | undefined
  readonly publicAddress: string | undefined
  readonly linkAddress: string | undefined
  readonly pollSeconds: number
  readonly nuclio: NuclioOptions | undefined
}

/**
 * @param environment variables that the supervisor sets; alone, `SUGGEST_SIDECAR` is enough
 * @throws Problem `wrong-use` that names the setting
 */
export function optionsFrom(
  environment: Readonly<Record<string, string | undefined>>,
): PluginOptions {
  const { SUGGEST_CVAT: text, SUGGEST_SIDECAR: sidecar } = environment
  const given = checked(
    section,
    text === undefined ? {} : parseJson(text, 'SUGGEST_CVAT'),
    'The section cvat of the configuration',
  )
  const address = sidecar ?? usualSidecar
  return {
    host: given.host,
    port: given.port ?? portBeside(address, 2),
    file: environment['SUGGEST_CVAT_FILE'] ?? 'cvat.json',
    sidecar: address,
    serviceToken: environment['SUGGEST_SERVICE_TOKEN'],
    page: given.pageAddress,
    publicAddress: given.pluginAddress,
    linkAddress: given.linkAddress,
    pollSeconds: given.pollSeconds,
    nuclio: given.nuclio,
  }
}

function isPeer(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)
}
