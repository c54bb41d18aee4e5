/** Who may ask the AI tools: CVAT sends no credentials, so that only its address tells it from others. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { createAttempts } from '@suggestive/shared/attempts'
import type { Clock } from '@suggestive/shared/bridge/deps'
import type { NuclioOptions } from '../options.ts'

/** Nothing else is answered here, not even whether the server is well. */
const asked = /^\/(api\/functions(\/[^/]*)?|api\/function_invocations)?$/

/** Of one image, as Base64 in JSON. */
const mostBytes = 200_000_000

/** @returns how to answer a request that is not admitted; true: it was */
export function createAdmission(
  { peers, mostPerMinute }: Pick<NuclioOptions, 'peers' | 'mostPerMinute'>,
  clock: Clock,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const isPeer = peerTest(peers)
  const attempts = createAttempts(clock, mostPerMinute, 60_000)
  return (request, response) => {
    const address = request.socket.remoteAddress ?? ''
    const [path = ''] = (request.url ?? '').split('?')
    const [status, detail] = !isPeer(address)
      ? [403, `${address} is none of the configured peers.`]
      : attempts.isBlocked(address)
        ? [429, 'Too many requests: wait a minute.']
        : Number(request.headers['content-length'] ?? 0) > mostBytes
          ? [413, 'The image is too large.']
          : asked.test(path)
            ? [200, '']
            : [404, 'There is nothing here.']
    if (status === 200) {
      attempts.note(address)
      return false
    }
    // What is still being sent is not waited for.
    request.resume()
    request.on('error', () => {})
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ detail }))
    return true
  }
}

/** By the address of the socket: what headers say anybody could say. */
export function peerTest(peers: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')
  for (const peer of peers) {
    const [address = '', prefix] = peer.split('/')
    if (prefix === undefined) list.addAddress(address, family(address))
    else list.addSubnet(address, Number(prefix), family(address))
  }
  // It knows that a socket for both families tells IPv4 as `::ffff:...`.
  return (address) => isIP(address) !== 0 && list.check(address, family(address))
}
