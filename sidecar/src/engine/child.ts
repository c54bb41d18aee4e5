/** Starts the engine's child process, sends requests, and turns its death into errors of what was pending. */
import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Problem } from '@suggestive/shared/problem'
import type { EngineName } from '../ports.ts'
import { lastWords } from './chatter.ts'
import type { Reply, Request } from './messages.ts'

type Unsent<R> = R extends Request ? Omit<R, 'id'> : never
export type Question = Unsent<Exclude<Request, { kind: 'cancel' }>>

interface Pending {
  readonly on: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

/** An engine that has work and says nothing for so long hangs. */
const SILENCE_MS = 600_000

/** How long a cancelled request may take to end by itself before the process is killed. */
const PATIENCE_MS = 900

export const stopped = () =>
  new Problem('cancelled', 'The work was stopped; it goes on from its last checkpoint.')

export class EngineChild {
  readonly #engine: EngineName
  readonly #environment: Readonly<Record<string, string>>
  readonly #pending = new Map<number, Pending>()
  #process: ChildProcess | undefined
  #lastId = 0

  readonly #execArgv: readonly string[]
  readonly #silenceMs: number
  #watchdog: NodeJS.Timeout | undefined

  constructor(
    engine: EngineName,
    environment: Readonly<Record<string, string>>,
    execArgv: readonly string[],
    silenceMs = SILENCE_MS,
  ) {
    this.#engine = engine
    this.#environment = environment
    this.#execArgv = execArgv
    this.#silenceMs = silenceMs
  }

  /** Process id while one runs. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Resolves with the last reply; the ones before it go to `on`. A dead process is started again by the next call. */
  ask(
    question: Question,
    signal?: AbortSignal,
    on: (reply: Reply) => void = () => {},
  ): Promise<Reply> {
    if (signal?.aborted === true) return Promise.reject(stopped())
    const child = this.#start()
    const id = ++this.#lastId
    return new Promise<Reply>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const abort = () => {
        child.send({ id, kind: 'cancel' } satisfies Request)
        timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
      }
      const settle = (finish: () => void) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        this.#pending.delete(id)
        this.#watch(child)
        finish()
      }
      this.#pending.set(id, {
        on: (reply) => {
          if (reply.kind === 'iteration' || reply.kind === 'check') return on(reply)
          if (reply.kind !== 'failed') return settle(() => resolve(reply))
          settle(() => reject(new Problem(reply.problem, reply.sentence)))
        },
        reject: (error) => settle(() => reject(signal?.aborted === true ? stopped() : error)),
      })
      this.#watch(child)
      signal?.addEventListener('abort', abort)
      const request: Request = { ...question, id }
      child.send(request, (error) => {
        if (error !== null) this.#pending.get(id)?.reject(this.#died(String(error.message)))
      })
    })
  }

  async close() {
    const child = this.#process
    if (child === undefined) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    await ended
    clearTimeout(timer)
  }

  #start(): ChildProcess {
    if (this.#process !== undefined) return this.#process
    // From sources (.ts) this process runs under a loader, and so must the child, by execArgv.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const child = fork(fileURLToPath(new URL(`./worker.${extension}`, import.meta.url)), {
      serialization: 'advanced',
      execArgv: [...this.#execArgv],
      // The terminal belongs to the command that runs.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...this.#environment, SUGGEST_ENGINE: this.#engine },
    })
    yieldToOthers(child)
    const words = lastWords(
      [child.stdout, child.stderr],
      process.env['SUGGEST_DEBUG'] ? (text) => process.stderr.write(text) : undefined,
    )
    this.#process = child
    child.on('message', (reply: Reply) => {
      this.#watch(child)
      this.#pending.get(reply.id)?.on(reply)
    })
    child.on('error', (error) => this.#end(child, error.message))
    child.on('exit', (code, signal) => {
      const said = words()
      const how = signal ?? `exit code ${code}`
      this.#end(child, said === undefined ? how : `${how}: ${said}`)
    })
    return child
  }

  /** From a sign of life to the next one. */
  #watch(child: ChildProcess) {
    clearTimeout(this.#watchdog)
    this.#watchdog = undefined
    if (this.#pending.size === 0) return
    this.#watchdog = setTimeout(() => {
      child.kill('SIGKILL')
      const minutes = Math.round(this.#silenceMs / 60_000)
      this.#end(child, `it gave no sign of life for ${minutes} minutes and was stopped`)
    }, this.#silenceMs)
  }

  #end(child: ChildProcess, how: string) {
    if (this.#process !== child) return
    clearTimeout(this.#watchdog)
    this.#process = undefined
    for (const pending of [...this.#pending.values()]) pending.reject(this.#died(how))
  }

  #died(how: string): Problem {
    return new Problem(
      'engine-failed',
      `The process of the ${this.#engine} engine ended unexpectedly (${how}); repeat the command, it goes on from the last checkpoint.`,
    )
  }
}

/** Nice value of the child: whoever answers people or saves labels goes first. */
const POLITENESS = 10

function yieldToOthers({ pid }: ChildProcess) {
  if (pid === undefined) return
  try {
    setPriority(pid, POLITENESS)
  } catch {
    // Not every system allows it; the results are the same.
  }
}
