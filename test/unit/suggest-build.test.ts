import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'

jest.setTimeout(120_000)

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The command with two sources of its own instead of the real ones. */
let clone: string

beforeEach(() => {
  clone = realpathSync(mkdtempSync(join(tmpdir(), 'suggest build ')))
  for (const path of ['tsconfig.json', 'shared/package.json', 'sidecar/package.json'])
    cpSync(join(repository, path), join(clone, path), { recursive: true })
  cpSync(join(repository, 'sidecar/bin'), join(clone, 'sidecar/bin'), { recursive: true })
  cpSync(
    join(repository, 'sidecar/tsconfig.build.json'),
    join(clone, 'sidecar/tsconfig.build.json'),
  )
  mkdirSync(join(clone, 'node_modules', '@suggestive'), { recursive: true })
  link(join(repository, 'node_modules', 'typescript'), 'typescript')
  link(join(repository, 'node_modules', '@typescript'), '@typescript')
  link(join(clone, 'shared'), '@suggestive/shared')
  write('shared/src/greeting.ts', "export const greeting: string = 'one'\n")
  write('sidecar/src/words.ts', 'export const words = process.argv.slice(2)\n')
  write(
    'sidecar/src/cli.ts',
    [
      "import { greeting } from '@suggestive/shared/greeting'",
      "import { words } from './words.ts'",
      'console.log(JSON.stringify({ greeting, words, folder: process.cwd() }))',
      'process.exitCode = 3',
    ].join('\n'),
  )
})

afterEach(() => rmSync(clone, { recursive: true, force: true }))

function link(target: string, name: string) {
  if (existsSync(target)) symlinkSync(target, join(clone, 'node_modules', name), 'junction')
}

function write(path: string, text: string) {
  const file = join(clone, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
}

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function suggest(words: readonly string[] = [], cwd = clone, killAfterMs?: number) {
  const child = spawn(process.execPath, [join(clone, 'sidecar/bin/suggest.js'), ...words], { cwd })
  const outcome = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => (outcome.stdout += text))
  child.stderr.on('data', (text) => (outcome.stderr += text))
  if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  return new Promise<Outcome>((resolve) => {
    child.on('close', (code) => resolve({ ...outcome, code }))
  })
}

const said = /^Building suggest \.\.\. done in \d+\.\d s\n$/

describe('the command suggest', () => {
  it('builds once, says so in one line on stderr, and hands on words, folder and exit code', async () => {
    const folder = realpathSync(tmpdir())
    const first = await suggest(['select', '--k', '8'], folder)
    expect(first.stderr).toMatch(said)
    expect(JSON.parse(first.stdout)).toEqual({
      greeting: 'one',
      words: ['select', '--k', '8'],
      folder,
    })
    expect(first.code).toBe(3)
    expect(await suggest()).toMatchObject({ stderr: '', code: 3 })
  })

  it('builds again after a source changed, came or went', async () => {
    await suggest()
    write('shared/src/greeting.ts', "export const greeting: string = 'two'\n")
    const changed = await suggest()
    expect(changed.stderr).toMatch(said)
    expect(JSON.parse(changed.stdout).greeting).toBe('two')

    const longAgo = new Date('2001-01-01')
    utimesSync(join(clone, 'sidecar/src/words.ts'), longAgo, longAgo)
    expect((await suggest()).stderr).toMatch(said)

    write('sidecar/src/more.ts', 'export const more = 1\n')
    expect((await suggest()).stderr).toMatch(said)
    expect(existsSync(join(clone, 'sidecar/dist/more.js'))).toBe(true)
    rmSync(join(clone, 'sidecar/src/more.ts'))
    expect((await suggest()).stderr).toMatch(said)
    expect(existsSync(join(clone, 'sidecar/dist/more.js'))).toBe(false)

    rmSync(join(clone, 'shared/dist'), { recursive: true })
    expect((await suggest()).stderr).toMatch(said)
    expect(await suggest()).toMatchObject({ stderr: '', code: 3 })
  })

  it('runs several times at once, all of them building', async () => {
    // Many modules: loading takes long enough for another build to come in between.
    const modules = Array.from({ length: 100 }, (_, i) => `module${i}.ts`)
    for (const file of modules) write(`sidecar/src/${file}`, 'export {}')
    write(
      'sidecar/src/words.ts',
      [
        ...modules.map((file) => `import './${file}'`),
        'export const words = process.argv.slice(2)',
      ].join('\n'),
    )
    for (const greeting of ['one', 'two', 'three']) {
      write('shared/src/greeting.ts', `export const greeting: string = '${greeting}'\n`)
      const outcomes = await Promise.all([1, 2, 3, 4, 5].map((n) => suggest([String(n)])))
      for (const [i, { stdout, code }] of outcomes.entries()) {
        expect(JSON.parse(stdout)).toMatchObject({ greeting, words: [String(i + 1)] })
        expect(code).toBe(3)
      }
    }
    expect(readdirSync(join(clone, 'node_modules', '.cache'))).toEqual([])
  })

  it('keeps what it had when a source cannot be compiled, and says which', async () => {
    await suggest()
    const before = readFileSync(join(clone, 'sidecar/dist/words.js'), 'utf8')
    write('sidecar/src/words.ts', 'export const words = = 3\n')
    const { code, stdout, stderr } = await suggest()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('words.ts')
    expect(stderr).not.toContain('    at ')
    expect(readFileSync(join(clone, 'sidecar/dist/words.js'), 'utf8')).toBe(before)
  })

  it('leaves nothing half-built when it is killed', async () => {
    for (const milliseconds of [50, 150, 300, 500]) {
      rmSync(join(clone, 'sidecar/dist'), { recursive: true, force: true })
      await suggest([], clone, milliseconds)
      expect(await suggest()).toMatchObject({ code: 3 })
    }
  })
})
