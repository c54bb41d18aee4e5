/** `suggest disconnect`: puts a project of the labelling tool back as it was. */
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import { requireLabelStudio } from './connect.ts'
import type { CommandContext } from './context.ts'
import { numberOf, splitPositional } from './flags.ts'
import { requirePlugin } from './plugin-call.ts'

/** Help of the command. */
const disconnectHelp = `suggest disconnect label-studio --project ID [options]

Puts a project of Label Studio back as it was before it was connected: sampling, model version, webhook, view,
ML backend and our predictions. Annotations stay, predictions of others stay, and so does all that suggest
serve has learnt: connecting the project again goes on with it.

  --project ID  the number in the project's address
  --data DIR, --config FILE  as for suggest serve

Example:
  suggest disconnect label-studio --project 12
`

/** @throws Problem when Label Studio does not answer; it can be repeated */
export async function disconnectCommand(args: string[], context: CommandContext): Promise<void> {
  const flags = splitPositional('disconnect', args, 'tool', {
    project: { type: 'string' },
    data: { type: 'string' },
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(disconnectHelp)
  requireLabelStudio('disconnect', flags)
  const project = numberOf(flags, 'project')
  if (project === undefined) {
    throw new Problem('wrong-use', '--project is missing: name the number of the project.')
  }
  const plugin = await requirePlugin(flags, 'label-studio')
  const done = z.looseObject({ project: z.number() })
  await plugin.call(done, '/api/disconnect', { project }, context.signal)
  context.print(`Project ${project} is as it was before it was connected.\n`)
}
