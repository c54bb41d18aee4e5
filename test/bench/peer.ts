/**
 * A peer of a benchmark: a long-lived child process that answers each command line with one line of JSON.
 * Its first JSON line is `{"ready": "name and version"}` or `{"unavailable": "why"}`; other output is passed on.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Problem } from '@suggestive/shared/problem'

export interface PeerCommand {
  readonly name: string
  readonly command: string
  readonly arguments: readonly string[]
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>
}

/** One answer of a peer; read fields with `numberOf`, `textOf`. */
export type Answer = Readonly<Record<string, unknown>>

export interface Peer {
  readonly name: string
  /** Name and version that the peer gave. */
  readonly version: string
  /** Sends a command and waits for its answer; rejects with `Problem('engine-failed')` when the peer ends. */
  ask(command: string): Promise<Answer>
  close(): Promise<void>
}

export interface Unavailable {
  readonly name: string
  readonly unavailable: string
}

/** Starts a peer and waits until it is ready to measure, or says why it cannot run here. */
export async function startPeer(peer: PeerCommand): Promise<Peer | Unavailable> {
  const child = spawn(peer.command, peer.arguments, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...peer.environment },
  })
  const answers = answersOf(child, peer.name)
  const first = await answers.next()
  if (typeof first['unavailable'] === 'string') {
    await end(child)
    return { name: peer.name, unavailable: first['unavailable'] }
  }
  return {
    name: peer.name,
    version: textOf(first, 'ready'),
    ask(command) {
      child.stdin.write(`${command}\n`)
      return answers.next()
    },
    close: () => end(child),
  }
}

/** A finite number of an answer. */
export function numberOf(answer: Answer, field: string): number {
  const value = answer[field]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Problem('engine-failed', `A peer answered without a number "${field}".`)
}

export function textOf(answer: Answer, field: string): string {
  const value = answer[field]
  if (typeof value === 'string') return value
  throw new Problem('engine-failed', `A peer answered without a text "${field}".`)
}

export function numbersOf(answer: Answer, field: string): readonly number[] {
  const value = answer[field]
  if (Array.isArray(value) && value.every((v) => typeof v === 'number')) return value
  throw new Problem('engine-failed', `A peer answered without numbers "${field}".`)
}

interface Answers {
  next(): Promise<Answer>
}

/** JSON lines of stdout in order; everything else goes to our stderr, and its end explains a failure. */
function answersOf(child: ChildProcessWithoutNullStreams, name: string): Answers {
  const waiting: { resolve: (a: Answer) => void; reject: (e: Error) => void }[] = []
  const arrived: Answer[] = []
  let failure: Error | undefined
  let lastWords = ''
  const say = (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-2000)
    process.stderr.write(text)
  }
  child.stderr.setEncoding('utf8').on('data', say)
  child.stdin.on('error', () => undefined) // the end of the process is reported below
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return say(`${line}\n`)
    const answer: Answer = JSON.parse(line)
    const next = waiting.shift()
    if (next === undefined) arrived.push(answer)
    else next.resolve(answer)
  })
  const fail = (error: Error) => {
    failure = error
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  child.on('error', (cause) =>
    fail(new Problem('engine-failed', `The peer "${name}" does not start: ${cause.message}.`)),
  )
  child.on('close', (code, signal) => {
    const last = lastWords.trim().split('\n').at(-1) ?? ''
    fail(new Problem('engine-failed', `The peer "${name}" ended (${signal ?? code}): ${last}`))
  })
  return {
    next() {
      const answer = arrived.shift()
      if (answer !== undefined) return Promise.resolve(answer)
      if (failure !== undefined) return Promise.reject(failure)
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
  }
}

/** Peers end when their input ends. */
function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    child.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    child.stdin.end()
  })
}
