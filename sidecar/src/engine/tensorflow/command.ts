/** Runs other programs for the build of the engine. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Problem } from '@suggestive/shared/problem'

const execute = promisify(execFile)

/** Output of a program that must succeed; otherwise a problem says what it was for and what the program complained of. */
export async function run(
  purpose: string,
  program: string,
  args: readonly string[],
  folder?: string,
): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      maxBuffer: 2 ** 26,
      ...(folder && { cwd: folder }),
    })
    return stdout
  } catch (cause) {
    throw new Problem('engine-unavailable', `To ${purpose} failed: ${complaint(program, cause)}`, {
      cause,
    })
  }
}

/** Whether a program starts and succeeds. */
export async function works(program: string, ...args: readonly string[]): Promise<boolean> {
  return execute(program, args).then(
    () => true,
    () => false,
  )
}

/** What went wrong, in a line: the first line of the error output that speaks of an error, else the last one. */
function complaint(program: string, cause: unknown): string {
  const { stderr, signal, message } = Object(cause) as Record<string, unknown>
  if (typeof signal === 'string') return `${program} was ended by ${signal}`
  const lines = String(stderr ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/warning|notice/i.test(line))
  const line = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? String(message)
  return `${program} says: ${line.slice(0, 300)}`
}
