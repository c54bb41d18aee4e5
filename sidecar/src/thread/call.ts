/** The outside of a worker thread: an object whose methods run in there. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { Problem, type ProblemKind } from '@suggestive/shared/problem'
import { buffersOf, errorOf, type Reply, type Request } from './messages.ts'

export interface CallOptions {
  /** What it is, for messages: `the store`. */
  readonly name: string
  /** Kind of the problem of all calls that are pending when the thread dies. */
  readonly failure: ProblemKind
  /** What a person does about it, as the end of a sentence. */
  readonly remedy: string
  readonly data?: unknown
  /** Of the thread's memory: what needs more ends the thread. */
  readonly resourceLimits?: ResourceLimits
  /** Methods whose arguments are kept by nobody here: their arrays are moved, not copied. */
  readonly moved?: readonly string[]
  readonly onNotice?: (value: unknown) => void
  /** Called once when the thread ended without having been asked to. */
  readonly onExit?: (problem: Problem) => void
}

export interface Thread<Port> {
  readonly port: Port
  /** Lets the target close itself, then ends the thread. */
  close(): Promise<void>
  /** Ends the thread at once (for tests of its death). */
  kill(): Promise<void>
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly tell: ((...args: unknown[]) => void) | undefined
}

/** Address of a sibling file that is started as a worker: `.ts` from sources, `.js` once compiled. */
export function workerBeside(here: string, name: string): URL {
  return new URL(`./${name}.${here.endsWith('.ts') ? 'ts' : 'js'}`, here)
}

/** Sources need a loader, which a thread does not inherit on every version of Node. */
function start(worker: URL, workerData: unknown, resourceLimits: ResourceLimits): Worker {
  if (!worker.pathname.endsWith('.ts')) return new Worker(worker, { workerData, resourceLimits })
  const argv = [worker.href]
  const execArgv = ['-C', 'source', '--no-warnings']
  const options = { argv, execArgv, workerData, resourceLimits }
  return new Worker(new URL('./from-source.js', import.meta.url), options)
}

/**
 * Starts the thread and resolves when its target is made. Each method of the port may take one AbortSignal and one
 * callback among its arguments; everything else is plain data. Problems keep kind, sentence and fields.
 *
 * @throws what the making of the target threw
 */
export async function callThread<Port extends object>(
  worker: URL,
  options: CallOptions,
): Promise<Thread<Port>> {
  const { name, failure, remedy, data, moved = [], resourceLimits = {} } = options
  const thread = start(worker, data, resourceLimits)
  const pending = new Map<number, Pending>()
  let lastId = 0
  let death: Problem | undefined
  let isReady = false
  let closing: Promise<void> | undefined
  const send = (request: Request, move: ArrayBuffer[] = []) => thread.postMessage(request, move)

  function die(how: string) {
    if (death !== undefined) return
    death = new Problem(failure, `The thread of ${name} ended unexpectedly (${how}); ${remedy}.`)
    for (const { reject } of [...pending.values()]) reject(death)
    if (isReady && closing === undefined) options.onExit?.(death)
  }

  const ended = new Promise<void>((resolve) => {
    thread.on('error', (error) => die(error.message))
    thread.on('messageerror', (error) => die(error.message))
    thread.on('exit', (code) => {
      die(`exit code ${code}`)
      resolve()
    })
  })

  function call(method: string, given: readonly unknown[]): Promise<unknown> {
    if (death !== undefined) return Promise.reject(death)
    const signalAt = given.findIndex((arg) => arg instanceof AbortSignal)
    const callbackAt = given.findIndex((arg) => typeof arg === 'function')
    const signal = given[signalAt]
    const callback = given[callbackAt]
    const args = given.map((arg, i) => (i === signalAt || i === callbackAt ? undefined : arg))
    const id = ++lastId
    return new Promise((resolve, reject) => {
      const abort = () => send({ kind: 'abort', id })
      const settle = (finish: () => void) => {
        if (signal instanceof AbortSignal) signal.removeEventListener('abort', abort)
        pending.delete(id)
        finish()
      }
      pending.set(id, {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
        tell: typeof callback === 'function' ? (...told) => void callback(...told) : undefined,
      })
      try {
        const request: Request = { kind: 'call', id, method, args, signalAt, callbackAt }
        send(request, moved.includes(method) ? buffersOf(args) : [])
      } catch (error) {
        // Something that is not plain data.
        return settle(() => reject(error))
      }
      if (!(signal instanceof AbortSignal)) return
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort)
    })
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      if (death === undefined) send({ kind: 'close' })
      await ended
    })()
    return closing
  }

  await new Promise<void>((resolve, reject) => {
    thread.once('exit', () => reject(death))
    thread.on('message', (reply: Reply) => {
      if (reply.kind === 'ready') {
        isReady = true
        return resolve()
      }
      if (reply.kind === 'notice') return options.onNotice?.(reply.value)
      if (reply.kind === 'refused') {
        closing = ended
        return reject(errorOf(reply.failure))
      }
      const one = pending.get(reply.id)
      if (reply.kind === 'progress') one?.tell?.(...reply.args)
      if (reply.kind === 'returned') one?.resolve(reply.value)
      if (reply.kind === 'threw') one?.reject(errorOf(reply.failure))
    })
  })

  const kill = async () => {
    await thread.terminate()
    await ended
  }
  return { port: portOf<Port>(call), close, kill }
}

/** Every name is a method, except `then`: a promise may resolve with the port. */
function portOf<Port extends object>(
  call: (method: string, args: readonly unknown[]) => Promise<unknown>,
): Port {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>()
  const get = (_: object, name: string | symbol) => {
    if (typeof name !== 'string' || name === 'then') return undefined
    const method = methods.get(name) ?? ((...args: unknown[]) => call(name, args))
    methods.set(name, method)
    return method
  }
  // What the other thread can do is known to nobody but the caller.
  return new Proxy({}, { get }) as Port
}
