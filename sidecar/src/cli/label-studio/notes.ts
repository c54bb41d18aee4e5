/** What the demo has to know again at its next start in the same folder. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { checked } from '@suggestive/shared/schema'
import { z } from 'zod'
import { readJson } from '../../config/file.ts'
import { writeAtomically } from '../../store/files.ts'

const notes = z.strictObject({
  /** Of Label Studio: a connection holds its address. */
  port: z.int(),
  email: z.string(),
  password: z.string(),
  /** Id of the project, once it is complete. */
  project: z.int().optional(),
})

export type Notes = z.infer<typeof notes>

const pathIn = (folder: string) => join(folder, 'demo.json')

/**
 * Those of the last start, else new ones.
 *
 * @param wanted port of Label Studio; one of the ten from there on that is free
 * @throws Problem `conflict` when somebody else listens there
 */
export async function openNotes(folder: string, wanted: number): Promise<Notes> {
  const content = await readJson(pathIn(folder))
  const known = content === undefined ? undefined : checked(notes, content, pathIn(folder))
  const ports = known === undefined ? [...Array(10).keys()].map((i) => wanted + i) : [known.port]
  for (const port of ports) {
    if (!(await isFree(port))) continue
    if (known !== undefined) return known
    const password = randomBytes(9).toString('base64url')
    const made = { port, email: 'annotator@example.com', password }
    await writeNotes(folder, made)
    return made
  }
  const [first, last] = [ports[0], ports.at(-1)]
  throw new Problem(
    'conflict',
    known !== undefined
      ? `Somebody listens at port ${first} already, where the Label Studio of ${folder} has its address: stop that program, or choose another --out.`
      : `All ports from ${first} to ${last} are taken: choose another --label-studio-port.`,
  )
}

export async function writeNotes(folder: string, made: Notes): Promise<void> {
  await writeAtomically(pathIn(folder), `${JSON.stringify(made)}\n`, 0o600)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
