/** Every command that the README shows is run as it stands; what takes minutes is made smaller by options at its end. */
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { encodeMask } from '@suggestive/sidecar/images'
import sharp from 'sharp'
import { type Served, serve } from '../support/serve.ts'

jest.setTimeout(600_000)

const repository = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(repository, 'README.md'), 'utf8')
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .filter((line) => line !== '')

/** Appended where the command has the option: an option that is given twice counts the last time. */
const smaller: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  train: { '--iterations': '20' },
  replay: { '--iterations': '20', '--members': '2', '--no-reference': '' },
  demo: {
    '--iterations': '20',
    '--members': '2',
    '--no-reference': '',
    '--images': '32',
    '--size': '64',
    '--strategies': 'suggestive',
    '--budgets': '0.3',
  },
}

let folder: string
let server: Served | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'))
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'), 'junction')
  writeFileSync(join(folder, 'package.json'), '{}')
  for (const name of ['images', 'masks', 'unlabelled']) mkdirSync(join(folder, name))
  for (let index = 0; index < 30; index++) {
    const { picture, mask } = phantom({ seed: 3, index, size: 64 })
    const { width, height, channels, data } = picture
    const raw = { width, height, channels }
    const png = await sharp(Uint8Array.from(data), { raw }).png().toBuffer()
    const name = `tissue${index}.png`
    writeFileSync(join(folder, index < 22 ? 'images' : 'unlabelled', name), png)
    if (index < 22)
      writeFileSync(join(folder, 'masks', name), await encodeMask(width, height, mask.data))
  }
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Requests go to a server on a free port; it runs until a backup is restored, which is refused before. */
async function served(line: string): Promise<string> {
  if (line.startsWith('npx suggest restore')) {
    await server?.stop()
    server = undefined
  }
  if (!line.startsWith('curl')) return line
  server ??= await serve(join(folder, 'suggest-data'))
  // The README promises it within two minutes, not at once.
  if (line.includes('/queue')) await queueOf(server)
  return line.replaceAll('http://127.0.0.1:8470', server.address)
}

async function queueOf({ send }: Served): Promise<void> {
  while ((await send('GET', '/v1/projects/tissue/queue')).status !== 200)
    await new Promise((resolve) => setTimeout(resolve, 100))
}

async function shell(command: string) {
  const run = promisify(execFile)
  const result = await run('sh', ['-c', command], { cwd: folder, maxBuffer: 1e8 })
  return result.stdout
}

async function shortened(command: string): Promise<string> {
  const [, , name = ''] = command.split(' ')
  const options = Object.entries(smaller[name] ?? {})
  if (options.length === 0) return command
  const help = await shell(`npx suggest ${name} --help`)
  const known = options.filter(([option]) => help.includes(option)).flat()
  return [command, ...known].join(' ').trim()
}

describe('the README', () => {
  it('shows every command of suggest', () => {
    for (const name of [
      'train',
      'predict',
      'select',
      'replay',
      'demo',
      'doctor',
      'token',
      'backup',
    ])
      expect(commands.join('\n')).toContain(`npx suggest ${name}`)
  })

  it.each(commands.filter((line) => line.startsWith('npm')))('%s: the script exists', (line) => {
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    for (const part of line.split('&&').map((part) => part.trim())) {
      const [, script = ''] = /^npm (?:run )?([\w:]+)/.exec(part) ?? []
      expect(['install', ...Object.keys(scripts)]).toContain(script)
    }
  })

  it.each(commands.filter((line) => !line.startsWith('npm')))('%s', async (line) => {
    const output = await shell(await shortened(await served(line)))
    if (line.startsWith('npx suggest select')) {
      const { rows, gains, candidates } = JSON.parse(output)
      expect([rows.length, gains.length, candidates.length]).toEqual([8, 8, 8])
    }
    if (line.includes('/annotations')) expect(output).toContain('"accepted":1')
  })

  it('names the files that these commands leave', () => {
    const predicted = ['mask.png', 'probability.png', 'uncertainty.png'].map(
      (kind) => `predicted/tissue25.${kind}`,
    )
    const arrays = ['scores.csv', 'uncertainty.npy', 'descriptors.npy'].map(
      (name) => `predicted/${name}`,
    )
    const reports = ['replay', 'demo'].flatMap((name) =>
      ['report.html', 'curve.csv', 'result.json'].map((file) => `${name}/${file}`),
    )
    const absent = [...predicted, ...arrays, ...reports].filter(
      (file) => !existsSync(join(folder, file)),
    )
    expect(absent).toEqual([])
  })
})
