/** PyTorch for comparisons: a throw-away virtual environment in the user's cache, outside the repository. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'

/** Pinned, so that figures of different days compare. */
const packages = ['torch==2.15.0', 'numpy==2.4.6']

/**
 * Path of a Python that imports PyTorch; makes the environment when it is absent or was made for other versions.
 * On Linux the wheel needs NVIDIA's libraries even on the CPU: about 3 GB to load, 5.3 GB on the disk, once.
 */
export function pythonWithTorch(say: (sentence: string) => void): string {
  const folder = join(homedir(), '.cache', 'suggestive-annotation', 'bench-venv')
  const windows = process.platform === 'win32'
  const python = join(folder, windows ? 'Scripts/python.exe' : 'bin/python')
  const stamp = join(folder, 'packages.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === packages.join('\n')) return python

  say(`Installing ${packages.join(' and ')} into ${folder} (once; up to 6 GB on the disk) ...`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  run(windows ? 'python' : 'python3', ['-m', 'venv', folder])
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', ...packages])
  run(python, ['-c', 'import torch, numpy'])
  writeFileSync(stamp, packages.join('\n'))
  return python
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] })
  if (status === 0) return
  throw new Problem(
    'engine-unavailable',
    `PyTorch could not be installed: "${[command, ...args].join(' ')}" failed${error === undefined ? '' : ` (${error.message})`}; ` +
      'measure without it by --without-torch.',
  )
}
