/** Headers that every reply has, whatever it is. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { protocolHeader, protocolVersion } from '@suggestive/shared/protocol'
import { securityHeaders } from '@suggestive/shared/security-headers'

/** Asked for once: they are the same for all requests, and running eight functions for each costs more than the reply. */
export function headersOfHelmet(): readonly (readonly [string, string])[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  securityHeaders(response.req, response, (error) => {
    if (error !== undefined) throw error
  })
  const headers = response.getHeaderNames().map((name) => {
    const value = String(response.getHeader(name))
    return [name, value] as const
  })
  return [...headers, [protocolHeader, protocolVersion]]
}
