/** `suggest demo-label-studio`: a real Label Studio with a project in it, connected, for people who want to see it. */
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import { ownVariables } from '../config.ts'
import { openDataFolder } from '../main/data-folder.ts'
import { readRunning } from '../main/running.ts'
import { connectCommand } from './connect.ts'
import type { CommandContext } from './context.ts'
import { flagsOf, oneOf, textOf, wholeNumberOf } from './flags.ts'
import { demoImages } from './label-studio/demo-images.ts'
import { installLabelStudio } from './label-studio/install.ts'
import { type Notes, openNotes, writeNotes } from './label-studio/notes.ts'
import { createProject, labelConfig, uploadImages } from './label-studio/project.ts'
import { type LabelStudioServer, startLabelStudio } from './label-studio/server.ts'
import { newPersonalToken, type Session, signIn } from './label-studio/session.ts'
import { findPlugin } from './plugin-call.ts'
import { serveCommand } from './serve.ts'

const usualOut = 'suggestive-label-studio'
const usualPort = 8080
const usualServerPort = 8470

/** Help of the command. */
const help = `suggest demo-label-studio [options]

Installs Label Studio into a virtual environment of its own (once; needs Python 3.10 or later; 1 GB), starts it and the
server, makes a project with images, connects it, and says where to annotate and with which account. Both answer to
this machine only. Ctrl-C stops both; the same command goes on where it was.

  --images DIR           images to annotate (64 generated ones)
  --draw TOOL            brush or polygon (brush)
  --out DIR              everything that both remember (${usualOut})
  --port N               of the server (${usualServerPort})
  --label-studio-port N  (${usualPort}, or the next one that is free)

Examples:
  suggest demo-label-studio
  suggest demo-label-studio --images slides --draw polygon --out slides-demo
`

/** Runs until it is asked to stop. @throws Problem that says what is missing */
export async function demoLabelStudioCommand(
  args: string[],
  context: CommandContext,
): Promise<void> {
  const text = { type: 'string' } as const
  const flags = flagsOf('demo-label-studio', args, {
    images: text,
    draw: text,
    out: text,
    port: text,
    'label-studio-port': text,
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(help)
  const drawnWith = oneOf(flags, 'draw', ['brush', 'polygon'], 'brush')
  const out = resolve(textOf(flags, 'out') ?? usualOut)
  const port = wholeNumberOf(flags, 'port', usualServerPort, 0)
  const wanted = wholeNumberOf(flags, 'label-studio-port', usualPort, 1)
  // Before the minutes of the installation.
  const images = await demoImages(textOf(flags, 'images'))
  await openDataFolder(out)
  const notes = await openNotes(out, wanted)
  const say = (sentence: string) => context.on({ kind: 'note', sentence })
  const variables = ownVariables()
  const { signal } = context
  const installed = await installLabelStudio({ variables, signal, say })
  say('Starting Label Studio')
  const tool = await startLabelStudio({
    installed,
    folder: join(out, 'label-studio'),
    port: notes.port,
    account: notes,
    variables,
    signal,
    callsPrivate: true,
  })
  const over = new AbortController()
  const serving = AbortSignal.any([signal, over.signal])
  const data = join(out, 'suggest')
  const server = serveCommand(['--data', data, '--port', String(port)], {
    ...context,
    signal: serving,
    print: () => {},
  })
  try {
    const demo = { ...context, signal: serving, say, out, data, tool, images, drawnWith }
    await Promise.race([prepare(demo, notes), failureOf(server, tool)])
    await Promise.race([server, tool.ended])
    if (!signal.aborted) {
      throw new Problem('tool-failed', `Label Studio has ended by itself. Its log is ${tool.log}.`)
    }
  } finally {
    over.abort()
    await server.catch(() => {})
    await tool.stop()
  }
}

interface Demo extends CommandContext {
  readonly say: (sentence: string) => void
  readonly out: string
  readonly data: string
  readonly tool: LabelStudioServer
  readonly images: Awaited<ReturnType<typeof demoImages>>
  readonly drawnWith: 'brush' | 'polygon'
}

/** Rejects when one of both ends. */
async function failureOf(server: Promise<void>, tool: LabelStudioServer): Promise<never> {
  await Promise.race([server, tool.ended])
  throw new Problem('tool-failed', `A server has ended by itself. See ${tool.log}.`)
}

async function prepare(demo: Demo, notes: Notes): Promise<void> {
  const { tool, say, out, images, drawnWith, print } = demo
  const session = await signIn(tool.address, notes)
  let { project } = notes
  if (project === undefined) {
    say(`Making a project with ${images.length} images`)
    const config = labelConfig(drawnWith, 'Object')
    project = await createProject(session, 'Suggestive annotation', config)
    await uploadImages(session, project, images)
    await writeNotes(out, { ...notes, project })
  }
  await connect(demo, session, project)
  await firstOrder(demo, session, project)
  print(`Annotate at ${tool.address}/projects/${project}/data - press Label All Tasks.
  account   ${notes.email}
  password  ${notes.password}
After 8 annotations the first round begins: see ${await pageOf(demo)}. Ctrl-C stops both servers.
`)
}

/** As a person does it, with a token that is made for this. */
async function connect(demo: Demo, session: Session, project: number): Promise<void> {
  const { say, data, signal, tool } = demo
  const status = z.looseObject({ projects: z.array(z.looseObject({ id: z.number() })) })
  let plugin = await findPlugin({ data }, 'label-studio')
  while (plugin === undefined) {
    await sleep(100, undefined, { signal })
    plugin = await findPlugin({ data }, 'label-studio')
  }
  const { projects } = await plugin.call(status, '/api/status', undefined, signal)
  if (projects.some(({ id }) => id === project)) return
  say('Connecting the project')
  let said = ''
  const print = (text: string) => {
    said += text
  }
  const token = await newPersonalToken(session)
  const words = ['label-studio', '--url', tool.address, '--token', token, '--data', data]
  await connectCommand([...words, '--project', String(project)], { ...demo, print }).catch(
    (error: unknown) => {
      demo.print(said)
      throw error
    },
  )
}

/** Resolves when Label Studio serves the first suggestion. */
async function firstOrder({ say, signal }: Demo, session: Session, project: number) {
  const form = z.looseObject({ model_version: z.string().nullable() })
  say('Waiting for the first order')
  for (;;) {
    const { model_version: version } = await session.ask(form, 'GET', `/api/projects/${project}`)
    if (version?.startsWith('sa-') === true) return
    await sleep(500, undefined, { signal })
  }
}

async function pageOf({ data }: Demo): Promise<string> {
  return (await readRunning(data))?.address ?? ''
}
