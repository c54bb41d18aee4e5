/** Whether CVAT can be reached and lets us in. */
import { brokenBy, type Check, note, ok } from '@suggestive/shared/connect/check'
import { Problem } from '@suggestive/shared/problem'
import type { Project, User } from '../client/wire.ts'
import type { Client } from '../client.ts'
import type { Server } from '../settings.ts'

/** With which everything was tried; of others each call says which field it misses. */
const triedVersion = '2.73'

export interface ServerExamined {
  readonly checks: readonly Check[]
  /** Undefined when we are not let in; so is the account then. */
  readonly projects: readonly Project[] | undefined
  readonly account: User | undefined
}

export async function examineServer(
  client: Client,
  { address, credentials, organization }: Server,
  signal: AbortSignal,
): Promise<ServerExamined> {
  const checks: Check[] = []
  const closed = { projects: undefined, account: undefined }
  try {
    checks.push(versionCheck(await client.version(signal), address))
  } catch (error) {
    const isAboutUs = error instanceof Problem && error.kind === 'unauthorised'
    return { checks: [brokenBy(isAboutUs ? 'account' : 'CVAT', error)], ...closed }
  }
  try {
    const account = await client.self(signal)
    const projects: Project[] = []
    for await (const page of client.projects(signal)) projects.push(...page)
    const where = organization === undefined ? '' : ` of the organisation ${organization}`
    const finds = `finds ${projects.length} project${projects.length === 1 ? '' : 's'}${where}`
    checks.push(
      'token' in credentials
        ? ok('account', `The token of ${account.username} works and ${finds}.`)
        : note(
            'account',
            `The password of ${account.username} works and ${finds}. A personal access token (in CVAT: the menu of the account, Profile, Security) can be taken back by itself: better give that.`,
          ),
    )
    return { checks, projects, account }
  } catch (error) {
    return { checks: [...checks, brokenBy('account', error)], ...closed }
  }
}

function versionCheck(version: string, address: string): Check {
  const finding = `Version ${version} answers at ${address}.`
  if (version === triedVersion || version.startsWith(`${triedVersion}.`)) return ok('CVAT', finding)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < 2 || (major === 2 && minor < 56)
  return note(
    'CVAT',
    `${finding} This plugin was tried with ${triedVersion}: what this version lacks is named below.${isOld ? ' Before 2.56 it does not keep the scores of pre-labels; everything else works without them.' : ''}`,
  )
}
