/** Which TensorFlow the engine is built from, and where it lies. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `@tensorflow/tfjs-node-gpu`, whose binding is built; it has the same sources as `tfjs-node`. */
export const BINDING_VERSION = '4.22.0'

/** The wheels `tensorflow-cpu` and `tensorflow`: the newest stable version that was tried. */
export const WHEEL_VERSION = '2.21.0'

/** The version that the binding's own install script downloads. */
export const OFFICIAL_VERSION = '2.9.1'

export type Variant = 'cpu' | 'gpu'

/** Written last into an engine folder: without it the folder does not count. */
export const MANIFEST = 'engine.json'

/** Outside node_modules, so that `npm install` does not wipe it. */
export const defaultRoot = fileURLToPath(new URL('../../../../.cache/tensorflow', import.meta.url))

export const engineFolder = (root: string, version: string, variant: Variant) =>
  join(root, `${version}-${variant}`)
