/** Runs the sidecar and the plugins as processes of their own, and tells a person what matters. */
import { type ChildProcess, fork } from 'node:child_process'
import { Problem } from '@suggestive/shared/problem'
import { type Kept, keepRunning } from './keep.ts'

export interface Program {
  /** `sidecar`, or the name of a plugin. */
  readonly name: string
  /** Absolute path of its main file. */
  readonly file: string
  readonly args: readonly string[]
  /** Variables beside those of the supervisor. @param sidecar its address; empty for the sidecar itself */
  environment?(sidecar: string): Readonly<Record<string, string>>
  /** Each time it says that it works. */
  onReady?(address: string): void
}

export interface SuperviseOptions {
  /** The sidecar first: it takes the problems of the others, which are started when it answers. */
  readonly programs: readonly [Program, ...Program[]]
  readonly execArgv: readonly string[]
  /** The environment of all of them. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Where the children's logs go: a file descriptor, or through to standard error. */
  readonly logs: number | 'inherit'
  /** Where a person finds these logs, for messages. */
  readonly logsAt: string
  /** Once, when the sidecar answers for the first time. */
  onReady(address: string): void
  /** A sentence about something that happened to a child. */
  say(sentence: string): void
  /** Aborts when everything must stop. */
  readonly signal: AbortSignal
}

/** Longer than the ten seconds in which a sidecar stops by itself. */
const patienceMs = 12_000

/**
 * Resolves when it was asked to stop and every child has ended.
 *
 * @throws Problem when the sidecar says that it cannot start; of a plugin that is told, and the others go on
 */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { programs, signal } = options
  const children: Kept[] = []
  /** A plugin that cannot start leaves the others alone. */
  const told = ({ message }: Error) => options.say(message)
  let first = (address: string) => {
    options.onReady(address)
    if (signal.aborted) return
    const own = address.replace(/\/\/(0\.0\.0\.0|\[::\])/, '//127.0.0.1')
    for (const program of programs.slice(1)) children.push(keep(program, own, told))
  }
  const over = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => resolve())
    if (signal.aborted) return resolve()
    children.push(keep(programs[0], '', reject))
  })

  function keep(program: Program, sidecar: string, fail: (error: Error) => void): Kept {
    const { name } = program
    const isSidecar = program === programs[0]
    const refused = `refused/${name}`
    const key = `crash-loop/${name}`
    let isLooping = false
    return keepRunning(
      {
        fork: () => start(program, sidecar, options),
        now: () => performance.now(),
        later(action, delayMs) {
          const timer = setTimeout(action, delayMs)
          return () => clearTimeout(timer)
        },
      },
      {
        onReady(address) {
          if (isLooping) raise(program)
          // Perhaps raised by a supervisor before this one.
          else children[0]?.send({ kind: 'clear', key })
          if (!isSidecar) children[0]?.send({ kind: 'clear', key: refused })
          if (address === null) return
          program.onReady?.(address)
          if (!isSidecar) return
          first(address)
          first = () => {}
        },
        onRefused(sentence, exitCode) {
          fail(new Problem(exitCode === 2 ? 'wrong-use' : 'conflict', sentence))
          if (isSidecar) return
          const remedy = 'Change that and start the server again; everything else works.'
          children[0]?.send({ kind: 'raise', key: refused, sentence, remedy })
        },
        onCrash(how, delayMs, isLoop) {
          const again = `it starts again in ${Math.round(delayMs / 1000)} s`
          const often = isLoop ? ' It has crashed five times in ten minutes.' : ''
          options.say(`The ${name} ended unexpectedly (${how}); ${again}.${often} ${why()}`)
          if (isLoop && !isLooping) raise(program)
          isLooping = isLoop
        },
        onCalm() {
          isLooping = false
          children[0]?.send({ kind: 'clear', key })
        },
        onEnd: () => fail(new Problem('conflict', `The ${name} was stopped by somebody else.`)),
      },
    )
  }

  const why = () => `The log is ${options.logsAt}.`

  function raise({ name }: Program) {
    children[0]?.send({
      kind: 'raise',
      key: `crash-loop/${name}`,
      sentence: `The ${name} has crashed five times in ten minutes and is started again and again.`,
      remedy: `Read the end of ${options.logsAt} and run npx suggest doctor.`,
    })
  }

  try {
    await over
  } finally {
    // Plugins first: they talk to the sidecar.
    await Promise.all(children.slice(1).map((child) => child.stop(patienceMs)))
    await children[0]?.stop(patienceMs)
  }
}

function start(
  { file, args, environment }: Program,
  sidecar: string,
  { execArgv, logs, variables }: SuperviseOptions,
): ChildProcess {
  return fork(file, [...args], {
    env: { ...variables, ...environment?.(sidecar) },
    execArgv: [...execArgv],
    stdio: ['ignore', logs, logs, 'ipc'],
    // Ctrl-C on a terminal reaches the whole group: only the supervisor decides when its children end.
    detached: process.platform !== 'win32',
  })
}
