/** `suggest links`: the personal links of annotators of CVAT to their next job. */
import { z } from 'zod'
import type { CommandContext } from './context.ts'
import { flagsOf, numberOf, textOf } from './flags.ts'
import { requirePlugin } from './plugin-call.ts'

/** Help of the command. */
const help = `suggest links [--project ID] [--new NAME] [--revoke NAME]

Prints the personal links of annotators while suggest serve runs: whoever opens one gets to the best free job in
CVAT, which is theirs from then on. Whoever has a link can take jobs in that name: give it to nobody else.

  --project ID   of one project (all connected ones)
  --new NAME     a new link for this user of CVAT; the one before stops working
  --revoke NAME  the link of this user stops working
  --data DIR, --config FILE  as for suggest serve

Examples:
  suggest links
  suggest links --new anna
`

const reply = z.looseObject({
  links: z.array(
    z.looseObject({ project: z.number(), annotator: z.string(), address: z.string() }),
  ),
})

/** @throws Problem with what the plugin says */
export async function linksCommand(args: string[], context: CommandContext): Promise<void> {
  const text = { type: 'string' } as const
  const flags = flagsOf('links', args, {
    project: text,
    new: text,
    revoke: text,
    data: text,
    config: text,
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(help)
  const plugin = await requirePlugin(flags, 'cvat')
  const wish = {
    project: numberOf(flags, 'project'),
    create: textOf(flags, 'new'),
    revoke: textOf(flags, 'revoke'),
  }
  const { links } = await plugin.call(reply, '/api/links', wish, context.signal)
  if (links.length === 0) return context.print('Nobody has a link: --new NAME makes one.\n')
  const width = Math.max(...links.map(({ annotator }) => annotator.length))
  const rows = links.map(
    ({ project, annotator, address }) =>
      `project ${project}  ${annotator.padEnd(width)}  ${address}\n`,
  )
  context.print(rows.join(''))
}
