/** `suggest connect`: connects a project of the labelling tool through the plugin that runs. */
import { readFile } from 'node:fs/promises'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import type { CommandContext } from './context.ts'
import { lines } from './doctor.ts'
import { type Flags, numberOf, splitPositional, textOf } from './flags.ts'
import { pluginChecks, requirePlugin } from './plugin-call.ts'

/** Help of the command. */
const connectHelp = `suggest connect label-studio --url ADDRESS --token TOKEN --project ID [options]

Connects a project of Label Studio while suggest serve runs: tests both directions, says what it found, and
begins. Without --project it remembers address and token and lists the projects. The same as the form that
suggest serve names.

  --url ADDRESS            of Label Studio, as this machine reaches it (the one that is known)
  --token TOKEN            personal access token: Account & Settings, Personal Access Token (the known one)
  --token-file FILE        the same from a file, which keeps it out of the list of processes
  --project ID             the number in the project's address
  --image-origins LIST     other servers that images may be read from, with commas between
  --plugin-address ADDRESS where Label Studio reaches this machine, e.g. http://host.docker.internal:8471
  --public-url ADDRESS     of Label Studio for people, where that differs
  --leave-out LIST         controls of the labelling configuration that are no labels
  --no-ml-backend          without the smart tool
  --report-only            tell when somebody changes order or webhook, and leave it so
  --check                  test only; a webhook is there for a moment, nothing else is changed
  --data DIR, --config FILE  as for suggest serve

Examples:
  suggest connect label-studio --url http://localhost:8080 --token eyJ... --project 12
  suggest connect label-studio --project 13
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

/** The one tool that can be connected from here. @throws Problem `wrong-use` */
export function requireLabelStudio(command: string, { tool }: Flags): void {
  if (tool === 'label-studio') return
  throw new Problem(
    'wrong-use',
    `Name the tool: suggest ${command} label-studio; see suggest ${command} --help.`,
  )
}

/** @throws Problem `conflict` when something has to be changed first */
export async function connectCommand(args: string[], context: CommandContext): Promise<void> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const flags = splitPositional('connect', args, 'tool', {
    url: text,
    token: text,
    'token-file': text,
    project: text,
    'image-origins': text,
    'plugin-address': text,
    'public-url': text,
    'leave-out': text,
    'no-ml-backend': flag,
    'report-only': flag,
    check: flag,
    data: text,
    config: text,
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(connectHelp)
  requireLabelStudio('connect', flags)
  const wish = await wishOf(flags)
  const plugin = await requirePlugin(flags, 'label-studio')
  const isTest = flags['check'] === true
  const path = isTest ? '/api/check' : '/api/connect'
  const { checks, projects, changes, isConnected } = await plugin.call(
    outcome,
    path,
    wish,
    context.signal,
  )
  context.print(lines(checks))
  const broken = checks.filter(({ state }) => state === 'broken')
  if (broken.length > 0) {
    const names = broken.map(({ name }) => name).join(', ')
    throw new Problem('conflict', `Nothing was connected, see above what to change: ${names}.`)
  }
  if (wish.project === undefined) return context.print(listOf(projects))
  if (isTest) return context.print(changes.map((one) => `${one}\n`).join(''))
  if (isConnected) context.print(`Project ${wish.project} is connected.\n`)
}

async function wishOf(flags: Flags) {
  const file = textOf(flags, 'token-file')
  const token = file === undefined ? textOf(flags, 'token') : await tokenIn(file)
  const project = numberOf(flags, 'project')
  const given = {
    address: textOf(flags, 'url'),
    token,
    pluginAddress: textOf(flags, 'plugin-address'),
    publicAddress: textOf(flags, 'public-url'),
    imageOrigins: listIn(flags, 'image-origins'),
    leaveOut: listIn(flags, 'leave-out'),
    project,
    mlBackend: flags['no-ml-backend'] !== true,
    repairs: flags['report-only'] !== true,
  }
  // JSON leaves out what is undefined.
  return given
}

async function tokenIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Problem('wrong-use', `Cannot read ${path}: name a file with the token.`, { cause })
  })
  return text.trim()
}

function listIn(flags: Flags, name: string): readonly string[] | undefined {
  return textOf(flags, name)
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

function listOf(projects: z.output<typeof outcome>['projects']): string {
  if (projects.length === 0) return 'Label Studio has no project yet: make one there.\n'
  const rows = projects.map(({ id, title, tasks, isConnected }) => {
    const size = tasks === null ? '' : `, ${tasks} tasks`
    return `  --project ${id}  ${title}${size}${isConnected ? ', connected' : ''}\n`
  })
  return `Address and token are known now. Choose a project:\n${rows.join('')}`
}
