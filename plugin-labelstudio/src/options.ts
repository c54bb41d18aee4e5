/** What the plugin is started with. */
import { parseJson } from '@suggestive/shared/json'
import { pluginSection } from '@suggestive/shared/plugin-section'
import { portBeside, usualSidecar } from '@suggestive/shared/ports'
import { checked } from '@suggestive/shared/schema'
import { z } from 'zod'

/** The section `label-studio` of `suggest.json`. */
const section = z.strictObject({
  ...pluginSection(15),
  /** Asked of Label Studio's requests to the ML backend. */
  basicUser: z.string().min(1).max(200).optional(),
  basicPassword: z.string().min(1).max(500).optional(),
})

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
  readonly pollSeconds: number
  readonly basic: { readonly user: string; readonly password: string } | undefined
}

/**
 * @param environment variables that the supervisor sets; alone, `SUGGEST_SIDECAR` is enough
 * @throws Problem `wrong-use` that names the setting
 */
export function optionsFrom(
  environment: Readonly<Record<string, string | undefined>>,
): PluginOptions {
  const { SUGGEST_LABEL_STUDIO: text, SUGGEST_SIDECAR: sidecar } = environment
  const given = checked(
    section,
    text === undefined ? {} : parseJson(text, 'SUGGEST_LABEL_STUDIO'),
    'The section label-studio of the configuration',
  )
  const { basicUser: user, basicPassword: password } = given
  const address = sidecar ?? usualSidecar
  return {
    host: given.host,
    port: given.port ?? portBeside(address, 1),
    file: environment['SUGGEST_LABEL_STUDIO_FILE'] ?? 'label-studio.json',
    sidecar: address,
    serviceToken: environment['SUGGEST_SERVICE_TOKEN'],
    page: undefined,
    publicAddress: given.pluginAddress,
    pollSeconds: given.pollSeconds,
    basic: user === undefined || password === undefined ? undefined : { user, password },
  }
}
