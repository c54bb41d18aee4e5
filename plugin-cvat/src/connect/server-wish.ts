/** The CVAT that is asked for, completed with what the plugin knows. */
import { Problem } from '@suggestive/shared/problem'
import type { CvatSettings, Server } from '../settings.ts'
import type { Wish } from './wish.ts'

export interface UsualAddresses {
  /** Where CVAT reaches the plugin unless somebody says otherwise. */
  readonly plugin: string
  /** Where annotators reach it. */
  readonly links: string
}

/** @throws Problem `wrong-use` without an address or an account */
export function serverFor(wish: Wish, before: Server | undefined, usual: UsualAddresses): Server {
  const address = (wish.address ?? before?.address)?.replace(/\/+$/, '')
  const isSame = address === before?.address
  const { token, username, password, organization: named } = wish
  const given =
    token !== undefined
      ? { token }
      : username !== undefined && password !== undefined
        ? { username, password }
        : undefined
  const credentials = given ?? (isSame ? before?.credentials : undefined)
  if (address === undefined || credentials === undefined) {
    const what = address === undefined ? 'the address of CVAT' : 'a token for it'
    throw new Problem('wrong-use', `Give ${what}: the plugin does not know it yet.`)
  }
  const organization = named ?? (isSame ? before?.organization : undefined)
  const publicAddress = wish.publicAddress ?? (isSame ? before?.publicAddress : undefined)
  return {
    address,
    credentials,
    ...(organization === undefined || organization === '' ? {} : { organization }),
    ...(publicAddress === undefined ? {} : { publicAddress }),
    pluginAddress: wish.pluginAddress ?? before?.pluginAddress ?? usual.plugin,
    linkAddress: wish.linkAddress ?? before?.linkAddress ?? usual.links,
  }
}

/**
 * Every list is asked for in the workspace of the server: in another one the tasks of connected projects would be missing,
 * as if they were deleted.
 *
 * @param project that may go with the change
 * @throws Problem `conflict` when others are connected
 */
export function requireSameWorkspace(
  file: Pick<CvatSettings, 'read'>,
  { organization }: Pick<Server, 'organization'>,
  project: number | undefined,
): void {
  const { server, projects } = file.read()
  const others = Object.keys(projects).filter((id) => Number(id) !== project)
  if (others.length === 0 || server?.organization === organization) return
  const where = (name: string | undefined) =>
    name === undefined ? 'the personal workspace' : `the organisation ${name}`
  throw new Problem(
    'conflict',
    `The plugin works in ${where(server?.organization)} (project ${others.join(', ')}), not in ${where(organization)}: projects of one workspace can be connected at a time, so disconnect there first.`,
  )
}
