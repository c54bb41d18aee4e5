/** `suggest serve`: the server with its plugins, kept running. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PluginName, pluginNames, toolNames, variableOf } from '../config/schema.ts'
import { newToken } from '../config/tokens.ts'
import {
  type Config,
  configFlags,
  loadConfig,
  ownVariables,
  requireSafeAddress,
} from '../config.ts'
import { openDataFolder } from '../main/data-folder.ts'
import { openLog, rotateLog } from '../supervisor/log-file.ts'
import { type Program, supervise } from '../supervisor/supervise.ts'
import type { CommandContext } from './context.ts'
import { flagsOf } from './flags.ts'

/** Help of the command. */
const serveHelp = `suggest serve [options]

Starts the server that Label Studio and CVAT talk to, keeps it running, and says where its page is. What it
remembers lies in one folder. Ctrl-C stops it within ten seconds; nothing is lost, whatever stops it.

  --data DIR              everything that is remembered (suggest-data)
  --host ADDRESS          address to listen at (127.0.0.1); others need an owner token: suggest token
  --port N                (8470)
  --config FILE           settings as JSON (suggest.json in the data folder)
  --token-file FILE       who may do what (tokens.json in the data folder)
  --engine NAME           auto, onnx or tensorflow (auto)
  --threads N             of the engine
  --body-megabytes N      largest request with labels (64)
  --image-megabytes N     largest image file (256)
  --megapixels N          largest image (100)
  --cache-gigabytes N     room for image files (20; never more than half of the free disk)
  --log-level LEVEL       debug, info, warn or error (info)
  --verbose               logs to standard error instead of the data folder

Every option but --verbose can be an environment variable (SUGGEST_PORT) or stand in the file ("port": 8470);
the command line wins over the environment, the environment over the file.

Examples:
  suggest serve
  suggest serve --data /srv/suggest --port 9000
`

/** Runs until it is asked to stop. @throws Problem when it cannot start */
export async function serveCommand(args: string[], context: CommandContext): Promise<void> {
  const { verbose, ...words } = { ...configFlags, verbose: { type: 'boolean' as const } }
  const flags = flagsOf('serve', args, {
    ...words,
    verbose,
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(serveHelp)
  const isVerbose = flags['verbose'] === true
  const { config, origins } = await loadConfig(flags)
  requireSafeAddress(config, origins.get('host') ?? '')
  await openDataFolder(config.data)
  const own = args.filter((arg) => arg !== '--verbose')
  const log = join(config.data, 'logs', 'sidecar.log')
  const token = newToken()
  const invited = new Set<PluginName>()
  const invite = (name: PluginName, address: string) => {
    if (!invited.has(name)) context.print(invitation(name, address))
    invited.add(name)
  }
  const rotating = setInterval(() => {
    try {
      if (!isVerbose) rotateLog(log)
    } catch (error) {
      context.on({ kind: 'note', sentence: `The log could not be begun again: ${error}` })
    }
  }, 60_000).unref()
  await supervise({
    programs: [
      {
        name: 'sidecar',
        file: mainBeside(new URL('../', import.meta.url)),
        args: own,
        environment: () => ({ SUGGEST_SERVICE_TOKEN: token }),
      },
      ...pluginsOf(config, { token, onReady: invite }),
    ],
    execArgv: process.execArgv,
    variables: ownVariables(),
    logs: isVerbose ? 'inherit' : openLog(log),
    logsAt: isVerbose ? 'above' : log,
    onReady: (address) => context.print(welcome(address)),
    say: (sentence) => context.on({ kind: 'note', sentence }),
    signal: context.signal,
  }).finally(() => clearInterval(rotating))
}

/** What to open, and what to do next. */
export function welcome(address: string): string {
  return `Suggestive annotation is at ${address} - open it in a browser: the page says what to do next. Ctrl-C stops it.\n`
}

/** Where a person connects a project. */
function invitation(name: PluginName, address: string): string {
  return `Connect a project of ${toolNames[name]} at ${address}/connect.\n`
}

/** `main.ts` from sources, `main.js` once compiled. */
function mainBeside(folder: URL): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`main.${extension}`, folder))
}

interface PluginGiven {
  readonly token: string
  readonly onReady: (name: PluginName, address: string) => void
}

const pluginFolders: Readonly<Record<PluginName, string>> = {
  'label-studio': 'plugin-labelstudio',
  cvat: 'plugin-cvat',
}

/** Both, idle until somebody connects a project. */
function pluginsOf(config: Config, given: PluginGiven): Program[] {
  const part = import.meta.url.endsWith('.ts') ? 'src' : 'dist'
  return pluginNames.map((name) => {
    const folder = new URL(`../../../${pluginFolders[name]}/${part}/`, import.meta.url)
    const file = mainBeside(folder)
    const variable = variableOf(name.replaceAll('-', '_'))
    const section = config.plugins.get(name) ?? {}
    return {
      name: `${name} plugin`,
      file,
      args: [],
      environment: (sidecar) => ({
        SUGGEST_SIDECAR: sidecar,
        SUGGEST_SERVICE_TOKEN: given.token,
        SUGGEST_LOG_LEVEL: config.logLevel,
        [variable]: JSON.stringify(section),
        [`${variable}_FILE`]: join(config.data, `${name}.json`),
      }),
      onReady: (address) => given.onReady(name, address),
    }
  })
}
