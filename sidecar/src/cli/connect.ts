/** `suggest connect`: connects a project of the labelling tool through the plugin that runs. */
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import { type ConnectTool, toolNamed } from './connect-tool.ts'
import type { CommandContext } from './context.ts'
import { lines } from './doctor.ts'
import { splitPositional } from './flags.ts'
import { type PluginCaller, pluginChecks, requirePlugin } from './plugin-call.ts'

/** Help of the command. */
const connectHelp = `suggest connect TOOL --url ADDRESS --token TOKEN --project ID [options]

Connects a project of a labelling tool while suggest serve runs.

  suggest connect label-studio --help
  suggest connect cvat --help
`

const outcome = z.looseObject({
  checks: pluginChecks,
  projects: z.array(
    z.looseObject({
      id: z.number(),
      title: z.string(),
      tasks: z.number().nullable(),
      isConnected: z.boolean(),
    }),
  ),
  changes: z.array(z.string()),
  isConnected: z.boolean(),
})

type Outcome = z.output<typeof outcome>

/** @throws Problem `conflict` when something has to be changed first */
export async function connectCommand(args: string[], context: CommandContext): Promise<void> {
  const tool = toolNamed('connect', args)
  if (tool === undefined) return context.print(connectHelp)
  const flags = splitPositional('connect', args, 'tool', {
    ...tool.options,
    check: { type: 'boolean' },
    data: { type: 'string' },
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(tool.help)
  const wish = await tool.wishOf(flags)
  const plugin = await requirePlugin(flags, tool.name)
  const isTest = flags['check'] === true
  const isAnnounced = isTest || (tool.saysChanges && wish.project !== undefined)
  const found = await ask(plugin, isAnnounced ? '/api/check' : '/api/connect', wish, context)
  context.print(lines(found.checks))
  requireGood(found)
  if (wish.project === undefined) return context.print(listOf(found, tool))
  if (isAnnounced) context.print(found.changes.map((one) => `${one}\n`).join(''))
  if (isTest) return
  const done = isAnnounced ? await ask(plugin, '/api/connect', wish, context) : found
  if (isAnnounced && !done.isConnected) context.print(lines(done.checks))
  requireGood(done)
  if (!done.isConnected) return
  context.print(`Project ${wish.project} is connected.\n`)
  await tool.finish(plugin, wish.project, context)
}

function ask(
  plugin: PluginCaller,
  path: string,
  wish: object,
  { signal }: CommandContext,
): Promise<Outcome> {
  return plugin.call(outcome, path, wish, signal)
}

function requireGood({ checks }: Outcome): void {
  const broken = checks.filter(({ state }) => state === 'broken')
  if (broken.length === 0) return
  const names = broken.map(({ name }) => name).join(', ')
  throw new Problem('conflict', `Nothing was connected, see above what to change: ${names}.`)
}

function listOf({ projects }: Outcome, { noProject }: ConnectTool): string {
  if (projects.length === 0) return `${noProject}\n`
  const rows = projects.map(({ id, title, tasks, isConnected }) => {
    const size = tasks === null ? '' : `, ${tasks} tasks`
    return `  --project ${id}  ${title}${size}${isConnected ? ', connected' : ''}\n`
  })
  return `Address and token are known now. Choose a project:\n${rows.join('')}`
}
