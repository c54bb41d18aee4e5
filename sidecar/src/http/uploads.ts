/** Files that are being received: parts of images, so that an interrupted upload can go on. */
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import type { Clock } from '../ports/clock.ts'

export interface Uploads {
  readonly folder: string
  /** Bytes that are here; 0 when there is no such upload. */
  offset(name: string): Promise<number>
  /**
   * Writes what comes behind the first `offset` bytes. What came stays, also when the source breaks off.
   *
   * @param most bytes at most that may be here then; `excess` is thrown for more, and the upload is removed
   * @returns bytes that are here now
   * @throws Problem `conflict` when another number of bytes is here, or somebody is writing
   */
  append(
    name: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
    most: number,
    excess: () => Problem,
  ): Promise<number>
  read(name: string): Promise<Uint8Array>
  remove(name: string): Promise<void>
  /**
   * One after another for each name.
   *
   * @param work is told whether it had to wait for somebody
   */
  alone<Result>(name: string, work: (hasWaited: boolean) => Promise<Result>): Promise<Result>
  /** Whether somebody is at work alone. */
  isBusy(name: string): boolean
  /** Forgets what nobody went on with. */
  sweep(): Promise<void>
}

/** Uploads that nobody can go on with: they have no name outside of their request. */
export const withoutName = 'form-'

/** An upload that nobody went on with for so long is given up. */
const keptMs = 24 * 3_600_000

/** Opens the folder and forgets old uploads in it. */
export async function openUploads(folder: string, clock: Clock): Promise<Uploads> {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder)) {
    if (name.startsWith(withoutName)) await rm(join(folder, name), { force: true })
  }
  const writing = new Set<string>()
  const lanes = new Map<string, Promise<unknown>>()
  const pathOf = (name: string) => join(folder, `${name}.part`)
  const offset = async (name: string) => {
    const facts = await stat(pathOf(name)).catch(() => undefined)
    return facts?.size ?? 0
  }

  async function write(
    name: string,
    from: number,
    source: AsyncIterable<Uint8Array>,
    most: number,
  ): Promise<number | 'excess'> {
    const here = await offset(name)
    if (here !== from) {
      throw new Problem(
        'conflict',
        `${here} bytes are here, but the part begins at ${from}: go on from the Upload-Offset that HEAD tells.`,
      )
    }
    const file = await open(pathOf(name), 'a')
    let length = from
    try {
      for await (const chunk of source) {
        if (length + chunk.length > most) return 'excess'
        await file.write(chunk).catch(notWritten)
        length += chunk.length
      }
    } finally {
      await file.close()
    }
    return length
  }

  async function sweep() {
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      const facts = await stat(path).catch(() => undefined)
      const age = clock.now() - (facts?.mtimeMs ?? clock.now())
      if (age > keptMs && !lanes.has(name.replace(/\.part$/, ''))) await rm(path, { force: true })
    }
  }

  await sweep()
  return {
    folder,
    offset,
    sweep,
    isBusy: (name) => lanes.has(name),
    alone(name, work) {
      const before = lanes.get(name)
      const own = before === undefined ? work(false) : before.then(() => work(true))
      const done = own
        .catch(() => undefined)
        .then(() => {
          if (lanes.get(name) === done) lanes.delete(name)
        })
      lanes.set(name, done)
      return own
    },
    async append(name, from, source, most, excess) {
      if (writing.has(name)) throw isBeingSent()
      writing.add(name)
      try {
        const length = await write(name, from, source, most)
        if (length !== 'excess') return length
        await rm(pathOf(name), { force: true })
        throw excess()
      } finally {
        writing.delete(name)
      }
    },
    read: (name) => readFile(pathOf(name)),
    remove: (name) => rm(pathOf(name), { force: true }),
  }
}

export function isBeingSent(): Problem {
  return new Problem(
    'conflict',
    'Somebody else is sending this image: ask with HEAD in a moment how far it is.',
  )
}

function notWritten(cause: unknown): never {
  throw new Problem(
    'storage-failed',
    'The image could not be written: free space on the disk of the sidecar, then send it again.',
    { cause },
  )
}
