/** `suggest doctor`: what was found on this machine, and why. */
import { availableParallelism } from 'node:os'
import { Problem } from '@suggestive/shared/problem'
import { findOnnx } from '../engine/onnx/locate.ts'
import { findTensorflow } from '../engine/tensorflow/locate.ts'
import { checkMachine } from '../engine/tensorflow/machine.ts'
import type { CommandContext } from './context.ts'
import { type Check, diskCheck, memoryCheck, nodeCheck, systemCheck } from './doctor-checks.ts'
import { toolChecks } from './doctor-plugin.ts'
import { serverChecks } from './doctor-server.ts'
import { chooseEngine, usualProfile, usualThreads } from './engine-choice.ts'
import { flagsOf } from './flags.ts'

/** Help of the command. */
const doctorHelp = `suggest doctor [--json] [--data DIR]

Says what was found on this machine, whether it works, and why which engine is used; then the server: its
configuration and where each value comes from, its data folder, and whether it answers; then Label Studio and CVAT,
as the server that runs sees them, in both directions. The exit code is 0
when training, prediction and the server work with the usual options, else 1.

  --data DIR  as for suggest serve; so is --config
  --json      one JSON object instead of lines: {"ok":true,"checks":[{"name":...,"state":...,"finding":...}]}

Examples:
  suggest doctor
  suggest doctor --json
`

/** Runs the command. @throws Problem when something that the usual options need does not work. */
export async function doctorCommand(args: string[], { print }: CommandContext): Promise<void> {
  const flags = flagsOf('doctor', args, {
    json: { type: 'boolean' },
    data: { type: 'string' },
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return print(doctorHelp)
  const checks = [
    nodeCheck(process.versions.node),
    systemCheck(),
    await onnxCheck(),
    await tensorflowCheck(),
    await engineCheck(),
    threadCheck(),
    memoryCheck(),
    ...(await diskCheck()),
    ...(await serverChecks(flags)),
    ...(await toolChecks('label-studio', flags)),
    ...(await toolChecks('cvat', flags)),
  ]
  const broken = checks.filter(({ state }) => state === 'broken')
  const isOk = broken.length === 0
  if (flags['json'] === true) print(`${JSON.stringify({ ok: isOk, checks })}\n`)
  else print(lines(checks))
  if (isOk) return
  const names = broken.map(({ name }) => name).join(', ')
  throw new Problem('engine-unavailable', `Something is missing (${names}): see above.`)
}

/** A line per check: state, name, finding. */
export function lines(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  return checks
    .map(({ name, state, finding }) => `${state.padEnd(6)}  ${name.padEnd(width)}  ${finding}\n`)
    .join('')
}

async function onnxCheck(): Promise<Check> {
  const found = await findOnnx()
  return found.found
    ? {
        name: 'onnx',
        state: 'ok',
        finding: `onnxruntime ${found.version}, with ${found.backends.join(' and ')} inside`,
      }
    : { name: 'onnx', state: 'note', finding: `${found.reason}.` }
}

async function tensorflowCheck(): Promise<Check> {
  const name = 'tensorflow'
  const found = await findTensorflow()
  if (found.found) {
    const { version, folder, gpu } = found
    return {
      name,
      state: 'ok',
      finding: `${version} ${gpu ? 'for GPUs' : 'for CPUs'} in ${folder}`,
    }
  }
  const finding = await checkMachine().then(
    () => `${found.reason}.`,
    (problem: unknown) => `not built. ${problem instanceof Error ? problem.message : problem}`,
  )
  return { name, state: 'note', finding }
}

/** The engine that `auto` takes, started for real. */
async function engineCheck(): Promise<Check> {
  const name = 'engine'
  try {
    const { engine, info, why, warning } = await chooseEngine('auto', usualThreads())
    await engine.close()
    const uses = `auto uses ${info.engine} ${info.version} on ${info.device}`
    const profile = `the usual profile is ${usualProfile(info)}`
    return warning === undefined
      ? { name, state: 'ok', finding: `${uses}: ${why}; ${profile}` }
      : { name, state: 'note', finding: `${uses}; ${profile}. ${warning}` }
  } catch (cause) {
    return {
      name,
      state: 'broken',
      finding: cause instanceof Error ? cause.message : String(cause),
    }
  }
}

function threadCheck(): Check {
  const cores = availableParallelism()
  const finding = `${usualThreads()} of ${cores} cores are used; --threads changes it`
  return { name: 'threads', state: 'ok', finding }
}
