/** Answers CVAT's automatic annotation by the agents' protocol of CVAT Online and Enterprise (contract section 7). */
import { randomBytes } from 'node:crypto'
import type { Clock, Timers } from '@suggestive/shared/bridge/deps'
import { Problem } from '@suggestive/shared/problem'
import { type AnswerDeps, answerTo } from './agent/answer.ts'
import { Bell } from './agent/bell.ts'
import { areSameLabels, functionLabels } from './agent/labels.ts'
import { serveQueue } from './agent/queue.ts'
import {
  ensureFunction,
  type FunctionMemory,
  removeFunction,
  Unsupported,
} from './agent/registration.ts'
import { type AgentTimes, Patience, usualTimes } from './agent/times.ts'
import { isPassing } from './agent/unanswerable.ts'
import type { AgentCalls } from './client/agents.ts'

export interface AgentOptions extends AnswerDeps {
  /** Whether there is to be a function; if not, one that is remembered is removed. */
  readonly isOn: boolean
  readonly calls: AgentCalls
  readonly memory: FunctionMemory
  /** Of the project in the sidecar; undefined before it has one. */
  project(): string | undefined
  readonly clock: Clock
  readonly timers: Timers
  /** Called with a sentence about what is wrong, and undefined when it is well again. */
  readonly report: (sentence: string | undefined) => void
  readonly times?: Partial<AgentTimes>
}

export interface AgentStatus {
  /** `watching`: woken by CVAT; `polling`: looks from time to time; `stopped`: the server has no agents. */
  readonly phase: 'off' | 'starting' | 'watching' | 'polling' | 'stopped'
  /** Its id in CVAT. */
  readonly function: number | null
  /** Requests since the start. */
  readonly answered: number
  readonly failed: number
}

export interface Agent {
  start(): void
  status(): AgentStatus
  /** Ends what is under way; CVAT gives it to the next agent. */
  stop(): Promise<void>
  /** Stops, and takes the function out of CVAT. May be repeated after a failure. */
  leave(signal: AbortSignal): Promise<void>
}

export function createAgent(options: AgentOptions): Agent {
  const { isOn, calls, memory, timers, report } = options
  const times = { ...usualTimes, ...options.times }
  const stopping = new AbortController()
  const { signal } = stopping
  const patience = new Patience(times)
  const phase = isOn ? 'starting' : 'off'
  let status: AgentStatus = { phase, function: null, answered: 0, failed: 0 }
  let running: Promise<void> = Promise.resolve()

  /** Of one function, until it is gone or has to be another one. */
  async function serve(): Promise<void> {
    const project = options.project()
    if (project === undefined) return new Bell().wait(times.nameMs, timers, signal)
    const labels = functionLabels(await options.classes(signal))
    if (labels.length === 0) {
      throw new Problem(
        'wrong-use',
        'The project has no label that a mask or polygon can have: change the type of one to "mask", "polygon" or "any" in CVAT.',
      )
    }
    const id = await ensureFunction(calls, memory, { name: `suggest.${project}`, labels }, signal)
    report(undefined)
    status = { ...status, phase: 'polling', function: id }
    await serveQueue(
      {
        ...options,
        times,
        // A new one at each start: what an earlier one has begun belongs to nobody.
        seat: { function: id, agent: randomBytes(16).toString('hex') },
        answer: (question, step, until) => answerTo(question, options, step, until),
        onWatch(isOpen) {
          status = { ...status, phase: isOpen ? 'watching' : 'polling' }
        },
        report(sentence) {
          if (sentence === undefined) patience.reset()
          report(sentence)
        },
        onOutcome(outcome) {
          if (outcome !== 'withdrawn') status = { ...status, [outcome]: status[outcome] + 1 }
        },
        isOutdated: async (until) =>
          !areSameLabels(labels, functionLabels(await options.classes(until))),
      },
      signal,
    )
  }

  async function run(work: () => Promise<void>, isDone: () => boolean): Promise<void> {
    while (!signal.aborted && !isDone()) {
      try {
        await work()
      } catch (error) {
        if (signal.aborted) return
        report(`The agent does not work: ${error instanceof Error ? error.message : error}`)
        status = { ...status, phase: error instanceof Unsupported ? 'stopped' : 'starting' }
        if (error instanceof Unsupported) return
        const isFinal = error instanceof Problem && error.kind !== 'not-found' && !isPassing(error)
        await new Bell().wait(patience.next(isFinal), timers, signal)
      }
    }
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await running
  }

  return {
    start() {
      running = isOn
        ? run(serve, () => false)
        : run(
            () => removeFunction(calls, memory, signal),
            () => memory.read() === undefined,
          )
    },
    status: () => status,
    stop,
    async leave(until) {
      await stop()
      await removeFunction(calls, memory, until)
    },
  }
}
