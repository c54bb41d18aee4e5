/** A real Label Studio with a data folder of its own, for one file of tests. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { installLabelStudio } from '@suggestive/sidecar/cli/label-studio/install'
import {
  type LabelStudioServer,
  startLabelStudio,
} from '@suggestive/sidecar/cli/label-studio/server'
import {
  newPersonalToken,
  type Session,
  signIn,
} from '@suggestive/sidecar/cli/label-studio/session'

export interface RealLabelStudio extends LabelStudioServer {
  /** Of the virtual environment that it runs in. */
  readonly python: string
  readonly database: string
  readonly admin: Session
  /** A personal access token of the admin. */
  readonly token: string
}

const account = { email: 'admin@example.com', password: 'admin-password-1' }

/** The first time on a machine it is installed, which takes minutes. @param folder for its data, e.g. a fresh one */
export async function openLabelStudio(folder: string): Promise<RealLabelStudio> {
  const { signal } = new AbortController()
  const variables = process.env
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`)
  const installed = await installLabelStudio({ variables, signal, say })
  const server = await startLabelStudio({
    installed,
    folder,
    port: await freePort(),
    account,
    variables,
    signal,
    callsPrivate: true,
  })
  const admin = await signIn(server.address, account)
  return {
    ...server,
    python: installed.python,
    database: join(folder, 'label_studio.sqlite3'),
    admin,
    token: await newPersonalToken(admin),
  }
}

/** A port that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
