/** Finds a TensorFlow that `npm run engine:tensorflow` has built, without loading it. */
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bindingFile } from './binding.ts'
import {
  defaultRoot,
  engineFolder,
  MANIFEST,
  OFFICIAL_VERSION,
  type Variant,
  WHEEL_VERSION,
} from './release.ts'

/** What a finished build says about itself. */
export interface Manifest {
  /** Version of the native library, as it reports it. */
  readonly version: string
  readonly variant: Variant
  /** Where the library came from. */
  readonly source: 'wheel' | 'official'
}

export type Found =
  | {
      readonly found: true
      readonly folder: string
      readonly version: string
      /** Built for CUDA; without a GPU it computes on the CPU. */
      readonly gpu: boolean
    }
  | { readonly found: false; readonly reason: string }

/** The build for CUDA where this machine has an NVIDIA GPU, else the one for the CPU, else whatever there is. */
export async function findTensorflow(root: string = defaultRoot): Promise<Found> {
  const preferred: readonly Variant[] = (await hasGpu()) ? ['gpu', 'cpu'] : ['cpu', 'gpu']
  for (const variant of preferred) {
    for (const version of [WHEEL_VERSION, OFFICIAL_VERSION]) {
      const folder = engineFolder(root, version, variant)
      const manifest = await readManifest(folder)
      if (manifest !== undefined)
        return { found: true, folder, version: manifest.version, gpu: manifest.variant === 'gpu' }
    }
  }
  const reason = `TensorFlow is not built in ${root}; to build it, run: npm run engine:tensorflow`
  return { found: false, reason }
}

/** The manifest of a finished build in `folder`, or undefined. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    await access(bindingFile(folder))
    const manifest: unknown = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'))
    return isManifest(manifest) ? manifest : undefined
  } catch {
    return undefined
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false
  const { version, variant } = value as Partial<Manifest>
  return typeof version === 'string' && (variant === 'cpu' || variant === 'gpu')
}

async function hasGpu(): Promise<boolean> {
  return access('/dev/nvidia0').then(
    () => true,
    () => false,
  )
}
