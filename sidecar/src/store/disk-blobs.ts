/** The `Blobs` port on a disk: one file per blob, `kind/ab/abcdef...`, complete or absent. */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { Problem } from '@suggestive/shared/problem'
import type { BlobFacts, BlobKind, Blobs } from '../ports/blobs.ts'
import { systemCode } from '../system-code.ts'
import { storageProblem, syncFolder } from './files.ts'

/** Beside the kinds: what is being written, in files named by process, thread and number. */
const unfinished = 'unfinished'
/** Of a stream. */
const pieceBytes = 2 ** 18
const digestForm = /^[0-9a-f]{64}$/

export interface BlobsOptions {
  /**
   * The caller has locked the folder: what a dead process left behind is removed. Others must not do that, because they
   * cannot see processes of other containers.
   */
  readonly isOurs?: boolean
}

/**
 * Several threads and processes may work with the same folder.
 *
 * @throws Problem `storage-failed`
 */
export async function openBlobs(
  folder: string,
  { isOurs = false }: BlobsOptions = {},
): Promise<Blobs> {
  const beside = join(folder, unfinished)
  try {
    await mkdir(beside, { recursive: true })
    for (const name of isOurs ? await readdir(beside) : []) {
      const path = join(beside, name)
      if (await isLeftover(path, Number.parseInt(name, 10))) await rm(path, { force: true })
    }
  } catch (cause) {
    throw storageProblem(folder, cause)
  }
  return new DiskBlobs(folder)
}

/** For further threads of the process that has opened the folder. */
export function shareBlobs(folder: string): Blobs {
  return new DiskBlobs(folder)
}

class DiskBlobs implements Blobs {
  readonly #folder: string
  readonly #ready = new Set<string>()
  #counter = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  async put(
    kind: BlobKind,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    expected?: string,
  ): Promise<BlobFacts> {
    const beside = join(this.#folder, unfinished, `${process.pid}-${threadId}-${++this.#counter}`)
    try {
      const { digest, size, mtimeMs } = await write(beside, content)
      if (expected !== undefined && digest !== expected) {
        throw new Problem(
          'digest-mismatch',
          `The content has the digest ${digest} instead of ${expected}: send it again.`,
        )
      }
      const folder = await this.#folderFor(kind, digest)
      // Also over what is there: that heals a damaged file, and housekeeping sees that it is wanted again.
      await rename(beside, join(folder, digest))
      await syncFolder(folder)
      return factsOf(digest, { size, mtimeMs })
    } catch (cause) {
      if (cause instanceof Problem || systemCode(cause) === '') throw cause
      throw storageProblem(this.#folder, cause)
    } finally {
      await rm(beside, { force: true }).catch(() => undefined)
    }
  }

  async get(kind: BlobKind, digest: string): Promise<Uint8Array | undefined> {
    const path = this.#path(kind, digest)
    if (path === undefined) return undefined
    const content = await presentOr(readFile(path))
    if (content === undefined) return undefined
    if (createHash('sha256').update(content).digest('hex') === digest) return content
    throw new Problem(
      'corrupt-blob',
      `The file ${path} is damaged: its content does not have the digest that is its name. Remove the file; images are fetched and maps computed again, a model comes from a backup.`,
    )
  }

  async stream(kind: BlobKind, digest: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.#path(kind, digest)
    const file = path === undefined ? undefined : await presentOr(open(path, 'r'))
    return file?.createReadStream({ highWaterMark: pieceBytes })
  }

  async facts(kind: BlobKind, digest: string): Promise<BlobFacts | undefined> {
    const path = this.#path(kind, digest)
    const found = path === undefined ? undefined : await presentOr(stat(path))
    return found === undefined ? undefined : factsOf(digest, found)
  }

  async remove(kind: BlobKind, digest: string): Promise<void> {
    const path = this.#path(kind, digest)
    if (path === undefined) return
    try {
      await rm(path, { force: true })
    } catch (cause) {
      throw storageProblem(path, cause)
    }
  }

  async *list(kind: BlobKind): AsyncIterable<BlobFacts> {
    const folders = (await presentOr(readdir(join(this.#folder, kind)))) ?? []
    for (const part of folders) {
      const names = (await presentOr(readdir(join(this.#folder, kind, part)))) ?? []
      for (const name of names) {
        const facts = await this.facts(kind, name)
        if (facts !== undefined) yield facts
      }
    }
  }

  async space() {
    try {
      const { bavail, blocks, bsize } = await statfs(this.#folder)
      return { free: bavail * bsize, total: blocks * bsize }
    } catch {
      return undefined
    }
  }

  /** @returns undefined for what is not a digest, so that no name leads out of the folder */
  #path(kind: BlobKind, digest: string): string | undefined {
    if (!digestForm.test(digest)) return undefined
    return join(this.#folder, kind, digest.slice(0, 2), digest)
  }

  async #folderFor(kind: BlobKind, digest: string): Promise<string> {
    const folder = join(this.#folder, kind, digest.slice(0, 2))
    if (this.#ready.has(folder)) return folder
    await mkdir(folder, { recursive: true })
    await syncFolder(join(this.#folder, kind))
    await syncFolder(this.#folder)
    this.#ready.add(folder)
    return folder
  }
}

/** Hashes while it writes, and forces the bytes to the disk. */
async function write(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<{ readonly digest: string; readonly size: number; readonly mtimeMs: number }> {
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      hash.update(piece)
      await file.writeFile(piece)
    }
    await file.sync()
    const { size, mtimeMs } = await file.stat()
    return { digest: hash.digest('hex'), size, mtimeMs }
  } finally {
    await file.close()
  }
}

function factsOf(
  digest: string,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
): BlobFacts {
  return { digest, bytes: size, writtenAt: Math.floor(mtimeMs) }
}

/** Ids come again, in containers always the same ones: a file older than this process is not its own. */
async function isLeftover(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isAlive(pid)
  const written = await presentOr(stat(path))
  return written !== undefined && written.mtimeMs < Date.now() - process.uptime() * 1000
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return systemCode(cause) === 'EPERM'
  }
}

async function presentOr<Value>(found: Promise<Value>): Promise<Value | undefined> {
  try {
    return await found
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) return undefined
    throw cause
  }
}
