/** Other programs, e.g. pip, as steps that succeed or say why not. */
import { spawn } from 'node:child_process'
import { Problem } from '@suggestive/shared/problem'
import { systemCode } from '../../system-code.ts'

/** What is kept of the output, characters. */
const keptOutput = 20_000

export interface ProgramOptions {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/**
 * Runs it to its end.
 *
 * @returns exit code and the end of its output; code undefined when there is no such program
 * @throws Problem `cancelled` when it was stopped
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { variables, signal }: ProgramOptions,
): Promise<{ readonly code: number | null | undefined; readonly output: string }> {
  const child = spawn(program, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...variables },
    signal,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output = (output + String(text)).slice(-keptOutput)
    })
  }
  const code = await new Promise<number | null | undefined>((resolve, reject) => {
    child.on('close', resolve)
    child.on('error', (error) => {
      if (signal.aborted) reject(new Problem('cancelled', 'It was stopped.', { cause: error }))
      else if (systemCode(error) === 'ENOENT') resolve(undefined)
      else reject(error)
    })
  })
  return { code, output: output.trim() }
}
