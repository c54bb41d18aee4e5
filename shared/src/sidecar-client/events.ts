/** The sidecar's events over a WebSocket that comes back by itself, from where it broke off. */
import { WebSocket } from 'ws'
import { type AnyEvent, anyEvent } from '../protocol/event.ts'
import { protocolHeader, protocolVersion } from '../protocol.ts'

export interface EventWish {
  readonly project: string
  /** Id after which events are wanted; asked again at each connection. Only new ones when undefined. */
  readonly after: () => number | undefined
  readonly onEvent: (event: AnyEvent) => void
  /** The connection stands, or not; `why` is for people. */
  readonly onChange: (isOpen: boolean, why: string) => void
  readonly timers: { after(ms: number, callback: () => void): () => void }
  readonly times?: Partial<EventTimes>
}

export interface EventTimes {
  /** Pause before the first new attempt; doubled at each further one. */
  readonly leastPauseMs: number
  readonly mostPauseMs: number
  /** The sidecar pings every 20 s; who is silent for so long is gone. */
  readonly silenceMs: number
}

export interface EventStream {
  isOpen(): boolean
  close(): void
}

const usual: EventTimes = { leastPauseMs: 500, mostPauseMs: 30_000, silenceMs: 50_000 }

export function openEvents(
  address: string,
  token: string | undefined,
  wish: EventWish,
): EventStream {
  const times = { ...usual, ...wish.times }
  const { timers } = wish
  let socket: WebSocket | undefined
  let isEnded = false
  let failures = 0
  let stopTimer = () => {}

  function connect() {
    const own = new WebSocket(addressOf(address, wish), {
      headers: {
        [protocolHeader]: protocolVersion,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      handshakeTimeout: 10_000,
      maxPayload: 16 * 2 ** 20,
    })
    socket = own
    let why = ''
    const watch = () => {
      stopTimer()
      stopTimer = timers.after(times.silenceMs, () => {
        why = 'the sidecar is silent'
        own.terminate()
      })
    }
    own.on('open', () => {
      failures = 0
      watch()
      wish.onChange(true, '')
    })
    own.on('ping', watch)
    own.on('message', (data) => {
      watch()
      const event = anyEvent.safeParse(jsonOf(String(data)))
      // A newer sidecar may tell of things that this plugin does not know.
      if (event.success && !isEnded) wish.onEvent(event.data)
    })
    own.on('unexpected-response', (_, response) => {
      why = `the sidecar refuses the events with status ${response.statusCode}`
      response.resume()
      // Whoever looks at the answer has to end the attempt.
      own.terminate()
    })
    own.on('error', (error) => {
      if (why === '') why = error.message
    })
    own.on('close', (code, reason) => {
      stopTimer()
      if (isEnded) return
      wish.onChange(false, why === '' ? `${code} ${reason.toString()}`.trim() : why)
      const pauseMs = Math.min(times.mostPauseMs, times.leastPauseMs * 2 ** failures++)
      stopTimer = timers.after(pauseMs, connect)
    })
  }

  connect()
  return {
    isOpen: () => socket?.readyState === WebSocket.OPEN,
    close() {
      isEnded = true
      stopTimer()
      socket?.terminate()
    },
  }
}

function addressOf(address: string, { project, after }: EventWish): URL {
  const base = new URL(address)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  const url = new URL('v1/events', base)
  url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:'
  url.searchParams.set('project', project)
  const position = after()
  if (position !== undefined) url.searchParams.set('after', String(position))
  return url
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
