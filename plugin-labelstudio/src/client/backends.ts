/** Calls about ML backends. */
import { z } from 'zod'
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

export interface BackendSettings {
  readonly project: number
  readonly url: string
  readonly title: string
  readonly auth_method: 'BASIC_AUTH'
  readonly basic_auth_user: string
  readonly basic_auth_pass: string
  readonly is_interactive: boolean
}

export function backendCalls({ json, deleted }: Caller) {
  return {
    /** The server asks each of them how it is first. */
    backends: (project: number, signal: AbortSignal) =>
      json(
        { method: 'GET', path: 'api/ml', query: { project }, what: 'ML backends' },
        z.array(wire.backend),
        signal,
      ),

    /** The server calls it meanwhile, and adds a webhook without any secret. */
    addBackend: (body: BackendSettings, signal: AbortSignal) =>
      json({ method: 'POST', path: 'api/ml', body, what: 'an ML backend' }, wire.backend, signal),

    /** Its webhook stays. */
    deleteBackend: (id: number, signal: AbortSignal) =>
      deleted(`api/ml/${id}`, `ML backend ${id}`, signal),
  }
}
