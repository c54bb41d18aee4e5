/** Reads of a running server by many clients at once. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const figures = z.object({
  perSecond: z.number(),
  /** Milliseconds. */
  p50: z.number(),
  p99: z.number(),
  most: z.number(),
  megabytesPerSecond: z.number(),
  failed: z.number(),
  count: z.number(),
})

export interface LoadFigures extends z.infer<typeof figures> {
  /** CPU time that the server spent on an answer, milliseconds: says something on a busy machine, too. */
  readonly cpuMs: number
}

const script = join(import.meta.dirname, '..', 'peers', 'serve-load.ts')

/** @param pid process of the server */
export async function load(
  address: string,
  pid: number,
  seconds: number,
  connections: number,
  paths: readonly string[],
): Promise<LoadFigures> {
  const args = [
    ...process.execArgv,
    script,
    address,
    String(seconds),
    String(connections),
    ...paths,
  ]
  const before = cpuSeconds(pid)
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e7 })
  const found = figures.parse(JSON.parse(stdout))
  return { ...found, cpuMs: (1000 * (cpuSeconds(pid) - before)) / Math.max(1, found.count) }
}

/** User and system time of a process with all its threads (Linux only; 0 elsewhere). */
function cpuSeconds(pid: number): number {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return 0
  const stat = readFileSync(path, 'utf8')
  // "pid (name) state ...": the name may hold anything; ticks are hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
