/** The state in a file that nobody else may read: replaced as a whole, never half-written. */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseJson } from '../json.ts'
import { Problem } from '../problem.ts'
import { checked } from '../schema.ts'
import { type Saved, type State, saved } from './state.ts'

/**
 * A damaged file is set aside; everything is then read again from the tool and the sidecar.
 *
 * @throws Problem `storage-failed` when the file is there and cannot be read, or cannot be written
 */
export async function openStateFile(path: string): Promise<State> {
  const { content, fault } = await load(path)
  let current = content
  let last: Promise<void> = Promise.resolve()
  return {
    fault,
    read: () => current,
    change(fields) {
      // One after another: the last one to begin must be the last one to end.
      last = last
        .catch(() => {})
        .then(async () => {
          const next = { ...current, ...fields }
          const text = JSON.stringify(next)
          if (text === JSON.stringify(current)) return
          await replace(path, text)
          current = saved.parse(JSON.parse(text))
        })
      return last
    },
  }
}

async function load(path: string): Promise<{ content: Saved; fault: string | undefined }> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return { content: {}, fault: undefined }
    throw new Problem(
      'storage-failed',
      `The file ${path} cannot be read (${codeOf(cause)}): let this user read and write it.`,
      { cause },
    )
  }
  try {
    return { content: checked(saved, parseJson(text, 'It'), 'It'), fault: undefined }
  } catch (cause) {
    const aside = `${path}.damaged`
    await rename(path, aside)
    const why = cause instanceof Error ? cause.message : String(cause)
    const fault = `The file ${path} was damaged and is now ${aside}; all labels are read again, and what the tool's settings were before the connection is forgotten. ${why}`
    return { content: {}, fault }
  }
}

async function replace(path: string, text: string): Promise<void> {
  try {
    const file = await open(`${path}.new`, 'w', 0o600)
    try {
      await file.chmod(0o600)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
    // Makes the rename survive a power cut, where folders can be opened.
    const folder = await open(dirname(path), 'r').catch(() => undefined)
    await folder?.sync().catch(() => {})
    await folder?.close()
  } catch (cause) {
    throw new Problem(
      'storage-failed',
      `The file ${path} cannot be written (${codeOf(cause)}): see whether the disk is full and the folder may be written.`,
      { cause },
    )
  }
}

/** E.g. `ENOENT`. Errors of Node itself may come from another realm: their class says nothing. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return String(error)
  return String(error.code)
}
