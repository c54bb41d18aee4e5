/** A plugin works with one server of its tool at a time. */
import { Problem } from '../problem.ts'
import type { SettingsFile } from '../settings-file.ts'

/** @throws Problem `conflict` when projects of another server are connected */
export function requireSameServer<Server extends { readonly address: string }, Own>(
  file: SettingsFile<Server, Own>,
  { address }: { readonly address: string },
): void {
  const { server, projects } = file.read()
  const ids = Object.keys(projects)
  if (server === undefined || ids.length === 0 || server.address === address) return
  throw new Problem(
    'conflict',
    `The plugin works with ${server.address} (project ${ids.join(', ')}): disconnect there before you connect a project of ${address}.`,
  )
}
