/** Whether Label Studio can be reached and lets us in. */

import { brokenBy, type Check, note, ok } from '@suggestive/shared/connect/check'
import { Problem } from '@suggestive/shared/problem'
import { isPersonalToken } from '../client/credentials.ts'
import type { Project } from '../client/wire.ts'
import type { Client } from '../client.ts'

/** With which everything was tried. */
const triedVersion = '1.23'

export interface ServerExamined {
  readonly checks: readonly Check[]
  /** Undefined when we are not let in. */
  readonly projects: readonly Project[] | undefined
}

export async function examineServer(
  client: Client,
  { address, token }: { readonly address: string; readonly token: string },
  signal: AbortSignal,
): Promise<ServerExamined> {
  const checks: Check[] = []
  try {
    checks.push(versionCheck(await client.version(signal), address))
  } catch (error) {
    const isAboutToken = error instanceof Problem && error.kind === 'unauthorised'
    const name = isAboutToken ? 'token' : 'Label Studio'
    return { checks: [brokenBy(name, error)], projects: undefined }
  }
  try {
    const projects: Project[] = []
    for await (const page of client.projects(signal)) projects.push(...page)
    checks.push(tokenCheck(token, projects.length))
    return { checks, projects }
  } catch (error) {
    return { checks: [...checks, brokenBy('token', error)], projects: undefined }
  }
}

function versionCheck(version: string, address: string): Check {
  const finding = `Version ${version} answers at ${address}.`
  if (version === triedVersion || version.startsWith(`${triedVersion}.`)) {
    return ok('Label Studio', finding)
  }
  return note(
    'Label Studio',
    `${finding} This plugin was tried with ${triedVersion}: see whether tasks come in the suggested order.`,
  )
}

function tokenCheck(token: string, count: number): Check {
  const finds = `finds ${count} project${count === 1 ? '' : 's'}`
  if (isPersonalToken(token)) return ok('token', `The personal access token works and ${finds}.`)
  return note(
    'token',
    `The legacy token works and ${finds}. It stops working when legacy tokens are switched off for the organization: a personal access token (Account & Settings, Personal Access Token) does not.`,
  )
}
