/** The server's one configuration: defaults, then the file, then the environment, then the command line. */
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { readJson, requirePrivate } from './config/file.ts'
import {
  flagOf,
  type PluginName,
  parseWord,
  pluginNames,
  remedies,
  type SettingName,
  type Settings,
  settingsSchema,
  variableOf,
  wordSettings,
} from './config/schema.ts'
import { Secret } from './config/secret.ts'
import { readTokens, type Token, tokensOf } from './config/tokens.ts'

export interface Config extends Omit<Settings, 'tokens' | 'tokenFile' | 'label-studio' | 'cvat'> {
  /** Absolute path; so are all paths here. */
  readonly data: string
  readonly tokens: readonly Token[]
  /** Where tokens are read from and `suggest token` writes. */
  readonly tokenFile: string
  /** The plugins that have a section, with it. */
  readonly plugins: ReadonlyMap<PluginName, Readonly<Record<string, unknown>>>
}

export interface LoadedConfig {
  readonly config: Config
  /** Setting -> where its value came from, e.g. `port` -> `SUGGEST_PORT`. */
  readonly origins: ReadonlyMap<string, string>
}

/** The environment and the folder of the process, unless a test brings others. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly folder: string
}

/** Read elsewhere: by the command line, by tests, and by the engine's child process. */
const otherVariables = [
  'SUGGEST_CONFIG',
  'SUGGEST_DEBUG',
  'SUGGEST_SKIPPED',
  'SUGGEST_SIDECAR',
  'SUGGEST_SERVICE_TOKEN',
  'SUGGEST_LABEL_STUDIO',
  'SUGGEST_LABEL_STUDIO_FILE',
  'SUGGEST_CVAT',
  'SUGGEST_CVAT_FILE',
]

/** The variables of this process, for its children. */
export const ownVariables = (): Surroundings['environment'] => process.env

const fileName = 'suggest.json'
const tokenFileName = 'tokens.json'

/** Options of `parseArgs` for every setting that the command line takes. */
export const configFlags = {
  config: { type: 'string' },
  ...Object.fromEntries(wordSettings.map((name) => [flagOf(name), { type: 'string' as const }])),
} as const

/**
 * @param flags words of the command line by option name, e.g. `log-level`
 * @throws Problem `wrong-use`: one sentence with the setting, where its value stands, and the remedy
 */
export async function loadConfig(
  flags: Readonly<Partial<Record<string, string | boolean>>> = {},
  { environment, folder }: Surroundings = { environment: process.env, folder: process.cwd() },
): Promise<LoadedConfig> {
  refuseUnknown(environment)
  const words = new Layers()
  for (const name of wordSettings) {
    const variable = variableOf(name)
    words.set(name, wordOf(environment[variable], variable), variable)
    const flag = flagOf(name)
    words.set(name, wordOf(flags[flag], `--${flag}`), `--${flag}`)
  }
  const settings = new Layers()
  const path = await applyFile(settings, words, {
    named:
      wordOf(flags['config'], '--config') ??
      wordOf(environment['SUGGEST_CONFIG'], 'SUGGEST_CONFIG'),
    folder,
  })
  settings.take(words)
  const parsed = settingsSchema.safeParse(Object.fromEntries(settings.values))
  if (!parsed.success) throw wrongValue(String(parsed.error.issues[0]?.path[0]), settings)
  const { tokens, tokenFile, 'label-studio': labelStudio, cvat, ...rest } = parsed.data
  if ([labelStudio, cvat].some(holdsSecret)) await requirePrivate(path)
  const data = resolve(folder, rest.data)
  const tokenPath = resolve(folder, tokenFile ?? join(data, tokenFileName))
  const sections = { 'label-studio': labelStudio, cvat }
  const config: Config = {
    ...rest,
    data,
    tokenFile: tokenPath,
    tokens: withPlugins(
      await allTokens(tokens, path, tokenPath, tokenFile !== undefined),
      environment['SUGGEST_SERVICE_TOKEN'],
    ),
    plugins: new Map(
      pluginNames.flatMap((name) => {
        const section = sections[name]
        return section === undefined ? [] : [[name, section] as const]
      }),
    ),
  }
  const origins = new Map(
    [...Object.keys(settingsSchema.shape)].map((name) => [name, settings.origin(name)]),
  )
  return { config, origins }
}

/** Whether only programs on this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** @throws Problem when others could reach the server and nobody would have to sign in as its owner */
export function requireSafeAddress({ host, tokens }: Config, origin: string): void {
  if (isLoopback(host) || tokens.some(({ role }) => role === 'owner')) return
  throw new Problem(
    'wrong-use',
    `host is ${host} (from ${origin}), which other machines can reach, and there is no owner token: run npx suggest token --role owner --name NAME first, or stay with 127.0.0.1.`,
  )
}

/** Values with where they came from; later ones replace earlier ones. */
class Layers {
  readonly values = new Map<string, unknown>()
  readonly #origins = new Map<string, string>()

  set(name: string, value: unknown, origin: string): void {
    if (value === undefined) return
    this.values.set(name, typeof value === 'string' ? parseWord(name, value) : value)
    this.#origins.set(name, origin)
  }

  take(other: Layers): void {
    for (const [name, value] of other.values) this.set(name, value, other.origin(name))
  }

  origin(name: string): string {
    return this.#origins.get(name) ?? 'the defaults'
  }
}

/** @returns the path of the file, whether it is there or not */
async function applyFile(
  settings: Layers,
  words: Layers,
  { named, folder }: { readonly named: string | undefined; readonly folder: string },
): Promise<string> {
  const data = words.values.get('data')
  const usual = join(
    typeof data === 'string' ? data : settingsSchema.shape.data.parse(undefined),
    fileName,
  )
  const path = resolve(folder, named ?? usual)
  const content = await readJson(path)
  if (content === undefined) {
    if (named === undefined) return path
    throw new Problem('wrong-use', `There is no file ${path}: name your configuration, or none.`)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new Problem('wrong-use', `${path} is no JSON object: write {"port": 8470}, for example.`)
  for (const [name, value] of Object.entries(content)) {
    if (!Object.hasOwn(settingsSchema.shape, name))
      throw new Problem(
        'wrong-use',
        `${path} holds the unknown setting ${JSON.stringify(name)}: choose ${Object.keys(settingsSchema.shape).join(', ')}.`,
      )
    if (name === 'data' && named === undefined)
      throw new Problem(
        'wrong-use',
        `${path} lies in the data folder and cannot move it: remove data there and use SUGGEST_DATA or --data.`,
      )
    const isPath = (name === 'data' || name === 'tokenFile') && typeof value === 'string'
    // A number in quotes is a mistake here, not a number.
    if (typeof value === 'string' && parseWord(name, value) !== value)
      throw new Problem(
        'wrong-use',
        `${name} is the text "${value}" (from ${path}): remove the quotes.`,
      )
    settings.set(name, isPath && !isAbsolute(value) ? join(dirname(path), value) : value, path)
  }
  return path
}

/** Whether anything in a section is named like a secret. */
function holdsSecret(section: unknown): boolean {
  if (typeof section !== 'object' || section === null) return false
  return Object.entries(section).some(
    ([name, value]) =>
      (typeof value === 'string' && /token|secret|password|key/i.test(name)) || holdsSecret(value),
  )
}

async function allTokens(
  listed: readonly unknown[],
  listedIn: string,
  file: string,
  isNamed: boolean,
): Promise<readonly Token[]> {
  if (listed.length > 0) await requirePrivate(listedIn)
  const read = await readTokens(file)
  if (read === undefined && isNamed)
    throw new Problem(
      'wrong-use',
      `There is no token file ${file}: npx suggest token makes it, or remove the setting.`,
    )
  const own = tokensOf(listed, listedIn)
  const twice = own.find(({ name }) => read?.some((other) => other.name === name))
  if (twice !== undefined)
    throw new Problem(
      'wrong-use',
      `The token of ${twice.name} stands in ${listedIn} and in ${file}: remove one of them.`,
    )
  return [...own, ...(read ?? [])]
}

/** The supervisor's own plugins hold a token that nobody has to configure; without tokens they need none. */
function withPlugins(tokens: readonly Token[], token: string | undefined): readonly Token[] {
  if (tokens.length === 0 || token === undefined) return tokens
  return [...tokens, { role: 'service', name: 'plugins of this server', token: new Secret(token) }]
}

function wordOf(word: string | boolean | undefined, origin: string): string | undefined {
  if (word === '')
    throw new Problem('wrong-use', `${origin} is empty: give it a value or remove it.`)
  return typeof word === 'string' ? word : undefined
}

function refuseUnknown(environment: Surroundings['environment']): void {
  const known = [...wordSettings.map(variableOf), ...otherVariables]
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('SUGGEST_') || known.includes(name)) continue
    throw new Problem(
      'wrong-use',
      `The environment variable ${name} is unknown: unset it or choose ${known.join(', ')}.`,
    )
  }
}

function wrongValue(name: string, settings: Layers): Problem {
  const isKnown = (word: string): word is SettingName => Object.hasOwn(remedies, word)
  const isSecret = name === 'tokens' || name === 'label-studio' || name === 'cvat'
  const value = isSecret ? 'wrong' : JSON.stringify(settings.values.get(name))
  const remedy = isKnown(name) ? remedies[name] : 'remove it'
  return new Problem('wrong-use', `${name} is ${value} (from ${settings.origin(name)}): ${remedy}.`)
}
