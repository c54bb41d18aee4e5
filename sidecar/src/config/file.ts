/** JSON files that people write: the configuration and the tokens. */
import { readFile, stat } from 'node:fs/promises'
import { Problem } from '@suggestive/shared/problem'
import { systemCode } from '../system-code.ts'

/** The content of a JSON file. @returns undefined when it is absent */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const code = systemCode(cause)
    if (code === 'ENOENT') return undefined
    const reason = code === 'EISDIR' ? 'it is a folder' : `the system says ${code}`
    throw new Problem('wrong-use', `Cannot read ${path}: ${reason}; name a readable JSON file.`, {
      cause,
    })
  }
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words would quote the file, secrets included.
    throw new Problem('wrong-use', `${path} is not JSON: check commas, quotes and brackets in it.`)
  }
}

/** @throws Problem when other people could read the file (where the system knows that) */
export async function requirePrivate(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  throw new Problem(
    'wrong-use',
    `${path} holds secrets and other users of this machine may read it: run chmod 600 ${path}.`,
  )
}
