/** Notes in the data folder that say which sidecar and which plugins work with it. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson } from '../config/file.ts'
import { writeAtomically } from '../store/files.ts'

const note = z.object({
  pid: z.number(),
  /** Of the page. */
  address: z.string(),
  version: z.string(),
  startedAt: z.string(),
})

export type Running = z.infer<typeof note>

const pathIn = (data: string) => join(data, 'running.json')

export async function noteRunning(data: string, running: Running): Promise<void> {
  await writeAtomically(pathIn(data), `${JSON.stringify(running)}\n`)
}

export async function forgetRunning(data: string): Promise<void> {
  await rm(pathIn(data), { force: true })
}

/**
 * The note, which may be of a process that was killed.
 *
 * @param plugin of which to read the note; the sidecar's own when absent
 * @returns undefined when there is none
 */
export async function readRunning(data: string, plugin?: string): Promise<Running | undefined> {
  const path = plugin === undefined ? pathIn(data) : join(data, `${plugin}.running.json`)
  const parsed = note.safeParse(await readJson(path).catch(() => undefined))
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is somebody else's, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
