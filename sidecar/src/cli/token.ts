/** `suggest token`: a new token for a person or a plugin. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { role } from '@suggestive/shared/protocol/session'
import { readJson } from '../config/file.ts'
import { newToken } from '../config/tokens.ts'
import { loadConfig } from '../config.ts'
import { writeAtomically } from '../store/files.ts'
import type { CommandContext } from './context.ts'
import { flagsOf, oneOf, requiredText } from './flags.ts'

/** Help of the command. */
const tokenHelp = `suggest token --name NAME [--role owner] [--data DIR]

Makes a random token of 256 bits, adds it to the token file of the data folder (tokens.json, readable by you
alone) and prints it, this once. As soon as there are tokens, everybody needs one; a running server knows it
after its next start.

  --name NAME        of the person or the plugin
  --role ROLE        owner (may do all), annotator, viewer, or service (a plugin); owner
  --data DIR         as for suggest serve; so are --config and --token-file

Examples:
  suggest token --name anna
  suggest token --name label-studio --role service
`

/** Runs the command. @throws Problem for everything that is wrong. */
export async function tokenCommand(args: string[], { print }: CommandContext): Promise<void> {
  const flags = flagsOf('token', args, {
    name: { type: 'string' },
    role: { type: 'string' },
    data: { type: 'string' },
    config: { type: 'string' },
    'token-file': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return print(tokenHelp)
  const name = requiredText(flags, 'name', 'the person or the plugin that will use it')
  const holder = oneOf(flags, 'role', role.options, 'owner')
  const { config } = await loadConfig(flags)
  const { tokenFile, tokens } = config
  if (tokens.some((other) => other.name === name))
    throw new Problem(
      'wrong-use',
      `There is a token of ${name} already: choose another name, or remove that one from its file first.`,
    )
  const token = newToken()
  const content = await readJson(tokenFile)
  const list = Array.isArray(content) ? content : []
  await mkdir(dirname(tokenFile), { recursive: true, mode: 0o700 })
  const text = `${JSON.stringify([...list, { role: holder, name, token }], null, 2)}\n`
  await writeAtomically(tokenFile, text, 0o600)
  print(
    `${token}\nThis is the token of ${name} (${holder}); it stands in ${tokenFile}. Restart the server if it runs.\n`,
  )
}
