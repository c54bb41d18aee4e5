/** The command `suggest` as people run it: its own process, no terminal. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from '@jest/globals'

/** Its JavaScript file. */
export const bin = fileURLToPath(new URL('../../sidecar/bin/suggest.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The JSON objects among the lines of stderr. */
  readonly events: readonly Readonly<Record<string, unknown>>[]
  /** The other lines. */
  readonly said: readonly string[]
}

export interface Running {
  readonly process: ChildProcess
  readonly outcome: Promise<Outcome>
  /** Resolves when stderr holds the text; fails when the process ends before. */
  until(text: string): Promise<void>
}

/** Starts it in a folder. */
export function start(
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  return startProgram(process.execPath, [bin, ...words], cwd, env)
}

export async function suggest(
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return await start(words, cwd, env).outcome
}

export function startProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  // A group of its own can get a signal as a whole, as from a terminal.
  detached = false,
): Running {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, detached })
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  child.stdout.on('data', (text) => {
    stdout += String(text)
  })
  child.stderr.on('data', (text) => {
    stderr += String(text)
    for (const check of waiting) check()
  })
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const lines = stderr.split('\n').filter((line) => line !== '')
      const isEvent = (line: string) => line.startsWith('{')
      // The first command after a change of the sources compiles them.
      const said = lines.filter((line) => !isEvent(line) && !line.startsWith('Building suggest'))
      const events = lines.filter(isEvent).map((line) => JSON.parse(line))
      resolve({ code, stdout, stderr, events, said })
    })
  })
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (stderr.includes(text)) resolve()
      }
      waiting.add(check)
      check()
      outcome.then(
        ({ stderr: all }) => reject(new Error(`ended without "${text}": ${all}`)),
        reject,
      )
    })
  return { process: child, outcome, until }
}

/** What was wrong, told in exactly one sentence on stderr and nothing on stdout. */
export function sentenceOf({ code, stdout, said }: Outcome, exitCode: number): string {
  expect({ said, code, stdout }).toEqual({ said: [expect.any(String)], code: exitCode, stdout: '' })
  const [sentence = ''] = said
  expect(sentence).toMatch(/^\S.*\.$/)
  expect(sentence).not.toMatch(/\bat .*:\d+:\d+|Error:|undefined|\[object|defect of suggest/)
  return sentence
}

/** All files below a folder, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** Process ids of the children of a process (not on Windows). */
export function childrenOf(pid = 0): number[] {
  const threads = `/proc/${pid}/task`
  if (existsSync(threads)) {
    const lists = readdirSync(threads).map((id) => join(threads, id, 'children'))
    const words = lists.flatMap((list) => readFileSync(list, 'utf8').split(' '))
    return words.filter((word) => word !== '').map(Number)
  }
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString()
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return rows.flatMap(([child = 0, parent = 0]) => (parent === pid ? [child] : []))
}
