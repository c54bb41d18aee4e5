/** Compiles the binding, unchanged, against a library; what node-gyp would do, without its downloads. */
import { join } from 'node:path'
import { bindingFile } from './binding.ts'
import { run } from './command.ts'
import type { Library } from './wheel.ts'

/** The highest Node-API version that the binding was written for; later versions of Node.js provide it too. */
const NODE_API = 8

export async function compile(
  folder: string,
  scratch: string,
  sources: string,
  headers: string,
  library: Library,
) {
  const includes = [headers, sources, library.include].map((path) => `-I${path}`)
  const flags = ['-std=c++17', '-O2', '-fPIC', '-fvisibility=hidden', `-DNAPI_VERSION=${NODE_API}`]
  const objects = await Promise.all(
    ['tfjs_backend', 'tfjs_binding'].map(async (unit) => {
      const object = join(scratch, `${unit}.o`)
      const source = join(sources, 'binding', `${unit}.cc`)
      await run('compile the binding', 'g++', [...flags, ...includes, '-c', source, '-o', object])
      return object
    }),
  )
  // $ORIGIN: the libraries lie beside the binding, wherever the folder is moved.
  await run('link the binding', 'g++', [
    ...['-shared', '-o', bindingFile(folder)],
    ...objects,
    ...library.files.map((file) => join(folder, 'lib', file)),
    '-Wl,-rpath,$ORIGIN',
  ])
}
