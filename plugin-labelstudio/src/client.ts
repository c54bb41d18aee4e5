/** The calls to Label Studio that the plugin makes. */
import { createHttp, type HttpOptions } from '@suggestive/shared/http'
import { backendCalls } from './client/backends.ts'
import { createCaller } from './client/call.ts'
import { fileCalls } from './client/files.ts'
import { predictionCalls } from './client/predictions.ts'
import { projectCalls } from './client/projects.ts'
import { taskCalls } from './client/tasks.ts'
import { webhookCalls } from './client/webhooks.ts'

export interface ClientOptions extends Pick<HttpOptions, 'pause' | 'timeoutMs' | 'attempts'> {
  /** Where Label Studio is, with the prefix that it may have. */
  readonly address: string
  /** A personal access token or a legacy token. */
  readonly token: string
  /** Other origins that images may come from; they never get the token. */
  readonly imageOrigins?: readonly string[]
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export type Client = ReturnType<typeof createClient>

/** Nothing is sent before the first call. */
export function createClient({ address, token, imageOrigins = [], now, ...http }: ClientOptions) {
  const caller = createCaller(
    (secrets) =>
      createHttp({ ...http, name: 'Label Studio', address, otherOrigins: imageOrigins, secrets }),
    token,
    now,
  )
  return {
    /** What no message may contain. */
    secrets: () => caller.secrets(),
    ...projectCalls(caller),
    ...taskCalls(caller),
    ...predictionCalls(caller),
    ...webhookCalls(caller),
    ...backendCalls(caller),
    ...fileCalls(caller),
  }
}
