/** `suggest backup`: a copy of everything that cannot be made again, while the server goes on. */
import { resolve } from 'node:path'
import { loadConfig } from '../config.ts'
import { writeBackup } from './backup-folder.ts'
import type { CommandContext } from './context.ts'
import { requiredWord, splitPositional } from './flags.ts'

/** Help of the command. */
const backupHelp = `suggest backup FOLDER [--data DIR] [--images]

Copies the database (labels, ledger, rounds, queues), the models and the maps into a new folder; a running
server goes on meanwhile. Images are left out: the labelling tool has them and sends them again. So are settings,
tokens, and what the plugins keep (cvat.json, label-studio.json), because these hold secrets: a connection, and
what is needed to take it back, is lost with the data folder unless you keep those files in a safe place yourself.

  --data DIR  as for suggest serve; so is --config
  --images    image files, too: for projects whose images nobody else keeps

Examples:
  suggest backup backups/monday
  suggest restore backups/monday
`

/** Runs the command. @throws Problem for everything that is wrong. */
export async function backupCommand(
  args: string[],
  { print, on, signal, version }: CommandContext,
): Promise<void> {
  const flags = splitPositional('backup', args, 'folder', {
    data: { type: 'string' },
    config: { type: 'string' },
    images: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return print(backupHelp)
  const folder = resolve(requiredWord(flags, 'folder', 'a new folder for the backup'))
  const { config } = await loadConfig(flags)
  const about = { version, madeAt: new Date().toISOString(), images: flags['images'] === true }
  const { count, bytes, damaged } = await writeBackup(config.data, folder, about, signal)
  for (const sentence of damaged) on({ kind: 'warning', sentence })
  const megabytes = (bytes / 1e6).toFixed(1)
  print(
    `${folder} holds the database of ${config.data} and ${count} other files (${megabytes} MB).\n`,
  )
}
