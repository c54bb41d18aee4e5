/** The build of the tensorflow engine on machines that lack something: one sentence, exit code 1, nothing left behind. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'

jest.setTimeout(60_000)

const script = 'sidecar/src/engine/tensorflow/install.ts'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'install-test-'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

/** Runs the installer with a PATH that holds these programs only. */
async function install(programs: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const path = await mkdtemp(join(folder, 'path-'))
  for (const [name, target] of Object.entries(programs)) await symlink(target, join(path, name))
  const command = [
    '--import',
    'tsx',
    '-C',
    'source',
    script,
    '--root',
    join(folder, 'root'),
    ...args,
  ]
  const options = { env: { ...process.env, PATH: path } }
  return promisify(execFile)(process.execPath, command, options).then(
    () => ({ code: 0, stderr: '' }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  )
}

describe('npm run engine:tensorflow', () => {
  it('names every missing tool and the remedy', async () => {
    const { code, stderr } = await install({})
    expect(stderr).toBe(
      'The tensorflow engine cannot be built here: g++ and pip for python3 is missing; install it (on Debian: apt-get install g++ python3-pip) and run this again.\n',
    )
    expect(code).toBe(1)
  })

  it('names the one tool that is missing', async () => {
    const { code, stderr } = await install({ 'g++': '/bin/true' })
    expect(stderr).toMatch(/: pip for python3 is missing; .*apt-get install python3-pip\)/)
    expect(code).toBe(1)
  })

  it('passes on what pip says, and leaves nothing half-built', async () => {
    await mkdir(join(folder, 'root', '2.21.0-cpu.building-999999999'), { recursive: true })
    const { code, stderr } = await install({ 'g++': '/bin/true', python3: await failingPython() })
    expect(stderr).toBe(
      'To fetch tensorflow-cpu==2.21.0 from the Python package index failed: python3 says: ERROR: no route to the index\n',
    )
    expect(code).toBe(1)
    expect(await readdir(join(folder, 'root'))).toEqual([])
  })

  it('takes an unknown option for wrong use', async () => {
    const { code, stderr } = await install({}, '--cuda')
    expect(stderr).toMatch(/--cuda.*Known options: --gpu, --root DIR\.\n$/)
    expect(code).toBe(2)
  })
})

/** A python3 whose pip is there but reaches nothing. */
async function failingPython(): Promise<string> {
  const file = join(folder, 'failing-python')
  const lines = [
    '#!/bin/sh',
    '[ "$3" = --version ] && exit 0',
    'echo "WARNING: retrying" >&2',
    'echo "ERROR: no route to the index" >&2',
    'exit 1',
  ]
  await writeFile(file, lines.join('\n'))
  await chmod(file, 0o755)
  return file
}
