/** The inside of a worker thread: runs the methods of one object for the thread that started it. */
import { parentPort } from 'node:worker_threads'
import { buffersOf, failureOf, type Reply, type Request } from './messages.ts'

export interface ServeOptions {
  /** Methods whose results are kept by nobody here: their arrays are moved, not copied. */
  readonly moved?: readonly string[]
}

/**
 * Makes the object and answers calls until the other side closes; a target with `close` is closed then. Calls start in
 * the order they arrive and run side by side. A target that cannot be made refuses the start with its error.
 *
 * @param create is given `notify`, which tells the other side something that belongs to no call
 */
export async function serve(
  create: (notify: (value: unknown) => void) => object | Promise<object>,
  { moved = [] }: ServeOptions = {},
): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('this file is started as a worker thread only')
  const send = (reply: Reply, move: ArrayBuffer[] = []) => port.postMessage(reply, move)
  const running = new Map<number, AbortController>()

  async function call(target: object, request: Extract<Request, { kind: 'call' }>) {
    const { id, method, signalAt, callbackAt } = request
    const control = new AbortController()
    running.set(id, control)
    try {
      const run: unknown = Reflect.get(target, method)
      if (typeof run !== 'function') throw new Error(`there is no method ${method}`)
      const args = [...request.args]
      if (signalAt >= 0) args[signalAt] = control.signal
      if (callbackAt >= 0) {
        args[callbackAt] = (...told: unknown[]) => send({ kind: 'progress', id, args: told })
      }
      const value: unknown = await Reflect.apply(run, target, args)
      send({ kind: 'returned', id, value }, moved.includes(method) ? buffersOf(value) : [])
    } catch (error) {
      send({ kind: 'threw', id, failure: failureOf(error) })
    } finally {
      running.delete(id)
    }
  }

  async function close(target: object) {
    const end: unknown = Reflect.get(target, 'close')
    if (typeof end === 'function') await Reflect.apply(end, target, [])
    port?.close()
  }

  try {
    const target = await create((value) => send({ kind: 'notice', value }))
    port.on('message', (request: Request) => {
      if (request.kind === 'call') void call(target, request)
      if (request.kind === 'abort') running.get(request.id)?.abort()
      if (request.kind === 'close') void close(target)
    })
    send({ kind: 'ready' })
  } catch (error) {
    send({ kind: 'refused', failure: failureOf(error) })
    port.close()
  }
}
