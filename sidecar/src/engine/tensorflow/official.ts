/** The library that the binding's own install script downloads, where it can be reached and suits the machine. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '@suggestive/shared/problem'
import { run } from './command.ts'
import { computeCapability } from './machine.ts'
import { OFFICIAL_VERSION, type Variant } from './release.ts'
import type { Library } from './wheel.ts'

/** The newest GPU for which it holds code (CUDA 11.2). */
const NEWEST_CAPABILITY = 8.6

/** Long enough for a slow network, short enough not to hold up a closed one. */
const PATIENCE_MS = 3000

const address = (variant: Variant) =>
  `https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-${variant}-linux-x86_64-${OFFICIAL_VERSION}.tar.gz`

/** Why the official download is not used, or undefined where it can be. */
export async function againstOfficial(variant: Variant): Promise<string | undefined> {
  if (variant === 'gpu') {
    const capability = await computeCapability()
    if (capability === undefined) return 'no GPU was found that it could be checked against'
    if (capability > NEWEST_CAPABILITY)
      return `it has no code for this GPU (compute capability ${capability})`
    const libraries = await run('list the shared libraries', 'ldconfig', ['-p']).catch(() => '')
    if (!libraries.includes('libcudart.so.11') || !libraries.includes('libcudnn.so.8'))
      return 'it needs CUDA 11 and cuDNN 8 on the system'
  }
  try {
    const answer = await fetch(address(variant), {
      method: 'HEAD',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return answer.ok ? undefined : `the server answers ${answer.status}`
  } catch {
    return 'it cannot be reached from here'
  }
}

/** Fills `lib/` of `folder`. */
export async function officialLibrary(
  folder: string,
  scratch: string,
  variant: Variant,
): Promise<Library> {
  const archive = join(scratch, 'libtensorflow.tar.gz')
  const answer = await fetch(address(variant))
  if (!answer.ok || answer.body === null)
    throw new Problem('engine-unavailable', `The official download answers ${answer.status}.`)
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(archive))
  await run('unpack the official download', 'tar', ['-xzf', archive, '-C', scratch, './include'])
  await run('unpack the official download', 'tar', ['-xzf', archive, '-C', folder, './lib'])
  return {
    source: 'official',
    files: ['libtensorflow.so.2', 'libtensorflow_framework.so.2'],
    include: join(scratch, 'include'),
  }
}
