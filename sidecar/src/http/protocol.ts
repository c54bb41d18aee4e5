/** Versions of the protocol. */
import type { IncomingMessage } from 'node:http'
import { Problem } from '@suggestive/shared/problem'
import { protocolHeader, protocolVersion } from '@suggestive/shared/protocol'

const header = protocolHeader.toLowerCase()
const [major] = protocolVersion.split('.')

/** @throws Problem `protocol-mismatch` for another major version in the header or the address */
export function requireProtocol({ headers, url = '' }: IncomingMessage) {
  const named = headers[header]
  if (named !== undefined && !String(named).startsWith(`${major}.`)) throw mismatch(String(named))
  const inPath = /^\/v(\d+)(?=[/?]|$)/.exec(url)?.[1]
  if (inPath !== undefined && inPath !== major) throw mismatch(inPath)
}

function mismatch(theirs: string): Problem {
  const shown = theirs.slice(0, 20)
  return new Problem(
    'protocol-mismatch',
    `The request speaks version ${shown} of the protocol, this sidecar ${protocolVersion}: install plugin and sidecar of the same release.`,
  )
}
