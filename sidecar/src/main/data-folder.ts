/** The folder that holds everything that the server remembers. */
import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { Problem } from '@suggestive/shared/problem'
import { storageProblem } from '../store/files.ts'
import { systemCode } from '../system-code.ts'

/** Makes it where it is absent, readable by its owner alone. @throws Problem when it cannot be written to */
export async function openDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.W_OK)
  } catch (cause) {
    if (['EEXIST', 'ENOTDIR'].includes(systemCode(cause)))
      throw new Problem('wrong-use', `The data folder ${path} is a file: name a folder.`, { cause })
    throw storageProblem(path, cause)
  }
}
