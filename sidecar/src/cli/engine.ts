/** `suggest engine`: installs what `npm install` alone cannot bring. */
import { Problem } from '@suggestive/shared/problem'
import { describe, installTensorflow } from '../engine/tensorflow/install.ts'
import type { CommandContext } from './context.ts'
import { flagsOf } from './flags.ts'

/** Help of the command. */
const engineHelp = `suggest engine tensorflow [--gpu]

Builds the native part of the tensorflow engine on this machine (Linux, x64), tests it, and says how
large it is; the same as npm run engine:tensorflow. --engine auto uses it from then on.

  --gpu  for NVIDIA GPUs; it also computes without one

Examples:
  suggest engine tensorflow
  suggest engine tensorflow --gpu
`

/** Runs the command. @throws Problem for everything that is wrong. */
export async function engineCommand(
  [name, ...args]: string[],
  { print, on }: CommandContext,
): Promise<void> {
  if (name === '--help' || name === '-h') return print(engineHelp)
  if (name !== 'tensorflow') {
    throw new Problem(
      'wrong-use',
      name === undefined
        ? 'The name of an engine is missing: see suggest engine --help.'
        : `There is no engine ${name} to install: onnx is there already, tensorflow can be installed.`,
    )
  }
  const flags = flagsOf('engine', args, {
    gpu: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return print(engineHelp)
  const report = await installTensorflow({
    gpu: flags['gpu'] === true,
    say: (sentence) => on({ kind: 'note', sentence }),
  })
  print(`${describe(report)}\n`)
}
