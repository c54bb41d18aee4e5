/** Resident memory of a process and all its descendants while it runs, from /proc (Linux only). */
import { readdirSync, readFileSync } from 'node:fs'

export interface Resident {
  /** Largest sum over the whole tree at one time; shared pages count once per process. */
  readonly treeMiB: number
  /** Peak of the largest single process. */
  readonly largestMiB: number
}

/** Watches until `stop` is called, which returns the peaks, or undefined where there is no /proc. */
export function watchResident(root: number, everyMs = 100): { stop(): Resident | undefined } {
  let treeMiB = 0
  let largestMiB = 0
  const timer = setInterval(() => {
    let sum = 0
    for (const pid of family(root)) {
      const status = read(`/proc/${pid}/status`)
      sum += megabytes(status, 'VmRSS')
      largestMiB = Math.max(largestMiB, megabytes(status, 'VmHWM'))
    }
    treeMiB = Math.max(treeMiB, sum)
  }, everyMs)
  return {
    stop() {
      clearInterval(timer)
      return treeMiB > 0 ? { treeMiB, largestMiB } : undefined
    },
  }
}

/** The process and its descendants. */
function family(root: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const entry of list('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    // "pid (name) state ppid ..."; the name may hold anything, so read after its last bracket.
    const stat = read(`/proc/${pid}/stat`)
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const found = [root]
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

const megabytes = (status: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024

/** Empty when the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
