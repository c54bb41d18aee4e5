import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { roomOf, violations } from './support/rooms.ts'
import { readSources, source } from './support/source.ts'

const packages = ['shared', 'sidecar', 'plugin-labelstudio', 'plugin-cvat']
const root = new URL('../', import.meta.url)
const sources = readSources(root, [...packages, 'test'])
const own = sources.filter(({ path }) => /^[^/]+\/src\//.test(path))

describe('architecture', () => {
  it('really reads the files', () => {
    expect(own.length).toBeGreaterThanOrEqual(100)
    for (const room of ['shared', 'sidecar/domain', 'sidecar/app', 'sidecar/engine', 'test'])
      expect(sources.filter(({ path }) => roomOf(path) === room).length).toBeGreaterThan(1)
    const imports = new Set(own.flatMap((one) => one.imports))
    for (const known of ['sharp', 'onnxruntime-node', 'sidecar/src/domain/random.ts'])
      expect(imports).toContain(known)
    const paths = new Set(sources.map(({ path }) => path))
    const targets = [...imports].filter((target) => /^(shared|sidecar)\//.test(target))
    expect(targets.length).toBeGreaterThan(50)
    expect(targets.filter((target) => !paths.has(target))).toEqual([])
  })

  it('keeps the rules', () => {
    expect(sources.flatMap(violations)).toEqual([])
  })

  it('keeps the addresses of registries out of the lock file', () => {
    const lock = readFileSync(new URL('package-lock.json', root), 'utf8')
    expect(lock.length).toBeGreaterThan(100_000)
    expect(lock).not.toMatch(/"resolved": "\w+:/)
  })

  it('has small files', () => {
    const lines = own.map((one) => one.codeLines).sort((a, b) => a - b)
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThan(80)
  })
})

describe('the rules', () => {
  it.each([
    ['sidecar/src/domain/select.ts', "import { train } from '../engine/ensemble.ts'"],
    ['sidecar/src/domain/select.ts', "import type { Engine } from '../ports.ts'"],
    ['sidecar/src/domain/select.ts', "import { readFile } from 'node:fs/promises'"],
    ['sidecar/src/domain/select.ts', "const fs = await import('node:fs')"],
    ['sidecar/src/domain/select.ts', 'const now = Date.now()'],
    ['sidecar/src/domain/select.ts', 'const score = value as Score'],
    ['sidecar/src/app/replay.ts', "import {\n  decodePicture,\n} from '../images.ts'"],
    ['sidecar/src/app/replay.ts', "import { writeAtomically } from '../store/files.ts'"],
    ['sidecar/src/http/tasks.ts', "import { files } from '../store/files.ts'"],
    ['sidecar/src/store/files.ts', "import { worker } from '../engine/worker.ts'"],
    ['sidecar/src/engine/train.ts', "import { decodePicture } from '../images.ts'"],
    ['sidecar/src/engine/train.ts', "import sharp from 'sharp'"],
    ['sidecar/src/app/rank.ts', "import * as tf from '@tensorflow/tfjs-core'"],
    ['sidecar/src/cli.ts', "import * as ort from 'onnxruntime-node'"],
    ['sidecar/src/app/rank.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['sidecar/src/cli.ts', "import { codec } from '@suggestive/plugin-cvat/codec'"],
    ['plugin-cvat/src/codec.ts', "import { random } from '@suggestive/sidecar/domain/random'"],
    ['plugin-cvat/src/codec.ts', "import { codec } from '../../plugin-labelstudio/src/codec.ts'"],
    ['shared/src/mask.ts', "import { random } from '@suggestive/sidecar/domain/random'"],
    ['sidecar/src/engine/train.ts', "const home = process.env['HOME']"],
    ['sidecar/src/engine/train.ts', "const { env } = process\nconst a = process['env']"],
    ['test/unit/a.test.ts', `const x = Math${'.'}random()`],
    ['sidecar/src/engine/train.ts', 'const x = y as any'],
    ['sidecar/src/engine/train.ts', 'function f(x: any) {}'],
    ['sidecar/src/engine/train.ts', 'const x: Record<string, any> = {}'],
    ['sidecar/src/engine/train.ts', 'export default 3'],
    ['sidecar/src/engine/train.ts', "export { fcn } from './fcn.ts'"],
    ['sidecar/src/engine/train.ts', "export * from './fcn.ts'"],
    ['sidecar/src/utils.ts', ''],
    ['sidecar/src/engine/index.ts', ''],
    ['sidecar/src/domain/image-helpers.ts', ''],
    ['sidecar/src/domain/ImageSize.ts', ''],
    ['sidecar/src/elsewhere/select.ts', ''],
    ['sidecar/src/domain/select.ts', '\n'.repeat(301)],
  ])('refuse in %s: %s', (path, text) => {
    expect(violations(source(path, text))).not.toEqual([])
  })

  it.each([
    ['sidecar/src/app/rank.ts', "import { greedy } from '../domain/select.ts'"],
    ['sidecar/src/engine/train.ts', "import { Problem } from '@suggestive/shared/problem'"],
    ['sidecar/src/main.ts', "import { files } from './store/files.ts'\nprocess.env['HOME']"],
    ['sidecar/src/domain/a.ts', '// Math.random is forbidden; as any, too\nconst a = [] as const'],
    [
      'sidecar/src/domain/a.ts',
      `const text = 'not Math.random, any, as Any' + \`Date \${1} Date\``,
    ],
    ['sidecar/src/domain/a.ts', "const quote = /'/\n/* Date */ const b = 1 // import x from 'fs'"],
    ['sidecar/src/domain/a.ts', "import * as select from './select.ts'"],
  ])('allow in %s: %s', (path, text) => {
    expect(violations(source(path, text))).toEqual([])
  })

  it('looks into the expressions of templates', () => {
    const text = `const a = \`it is \${new Date()} or \${\`\${Math${'.'}random()}\`} \${{ a: 1 }.a} Date\``
    expect(violations(source('sidecar/src/domain/a.ts', text)).length).toBe(2)
  })
})
