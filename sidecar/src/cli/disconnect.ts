/** `suggest disconnect`: puts a project of the labelling tool back as it was. */
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import { toolNames } from '../config/schema.ts'
import { type ConnectTool, toolNamed } from './connect-tool.ts'
import type { CommandContext } from './context.ts'
import { numberOf, splitPositional } from './flags.ts'
import { requirePlugin } from './plugin-call.ts'

/** Help of the command. */
const disconnectHelp = `suggest disconnect TOOL --project ID [options]

Puts a project of a labelling tool back as it was before it was connected.

  suggest disconnect label-studio --help
  suggest disconnect cvat --help
`

const helpFor = ({
  name,
  putBack,
}: ConnectTool) => `suggest disconnect ${name} --project ID [options]

Puts a project of ${toolNames[name]} back as it was before it was connected: ${putBack}, and so does all that suggest
serve has learnt: connecting the project again goes on with it.

  --project ID  the number in the project's address
  --data DIR, --config FILE  as for suggest serve

Example:
  suggest disconnect ${name} --project 12
`

/** @throws Problem when the tool does not answer; it can be repeated */
export async function disconnectCommand(args: string[], context: CommandContext): Promise<void> {
  const tool = toolNamed('disconnect', args)
  if (tool === undefined) return context.print(disconnectHelp)
  const flags = splitPositional('disconnect', args, 'tool', {
    project: { type: 'string' },
    data: { type: 'string' },
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(helpFor(tool))
  const project = numberOf(flags, 'project')
  if (project === undefined) {
    throw new Problem('wrong-use', '--project is missing: name the number of the project.')
  }
  const plugin = await requirePlugin(flags, tool.name)
  const done = z.looseObject({ project: z.number() })
  await plugin.call(done, '/api/disconnect', { project }, context.signal)
  context.print(`Project ${project} is as it was before it was connected.\n`)
}
