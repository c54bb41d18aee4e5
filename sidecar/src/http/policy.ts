/** Headers that every reply has, whatever it is. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { protocolHeader, protocolVersion } from '@suggestive/shared/protocol'
import helmet from 'helmet'

const policy = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Set by whoever terminates TLS: on plain HTTP it means nothing.
  strictTransportSecurity: false,
})

/** Asked for once: they are the same for all requests, and running eight functions for each costs more than the reply. */
export function headersOfHelmet(): readonly (readonly [string, string])[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  policy(response.req, response, (error) => {
    if (error !== undefined) throw error
  })
  const headers = response.getHeaderNames().map((name) => {
    const value = String(response.getHeader(name))
    return [name, value] as const
  })
  return [...headers, [protocolHeader, protocolVersion]]
}
