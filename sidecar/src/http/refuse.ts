/** Answers an upgrade that is refused, on the bare connection. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Problem } from '@suggestive/shared/problem'
import { problemMedia } from '@suggestive/shared/protocol/problem'
import { documentOf, headersOf } from './problem.ts'

/** How long who is refused may take to read why. */
const patienceMs = 2000

/** The connection ends as soon as the answer is sent: a WebSocket server's sockets stay half open otherwise. */
export function refuseUpgrade(socket: Duplex, problem: Problem, instance: string) {
  const body = JSON.stringify(documentOf(problem, instance))
  const headers = {
    'Content-Type': problemMedia,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...headersOf(problem),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const first = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`
  const timer = setTimeout(() => socket.destroy(), patienceMs).unref()
  socket.once('close', () => clearTimeout(timer))
  socket.once('finish', () => socket.destroy())
  socket.end([first, ...lines, '', body].join('\r\n'))
}
