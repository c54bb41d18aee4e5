/** One training step of the network on each engine against PyTorch, interleaved, after a check that all compute the same. */
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '@suggestive/shared/problem'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { onnxEnvironment } from '@suggestive/sidecar/engine/onnx/environment'
import { tensorflowEnvironment } from '@suggestive/sidecar/engine/tensorflow/binding'
import { interleave, type Plan } from './interleave.ts'
import { parseOptions, wholeNumber } from './options.ts'
import { type Computed, compare, type Parity } from './parity.ts'
import { numbersOf, type Peer, type PeerCommand, startPeer, textOf } from './peer.ts'
import { type Load, load } from './quiet.ts'
import { writeSection } from './report.ts'
import { readNumbers, type Task, writeTask } from './task.ts'
import { type TrainingResult, trainingSection } from './train-report.ts'
import { pythonWithTorch } from './venv.ts'

const usage = `Usage: npm run bench -- train [options]

One training step of the full-size FCN (batch 2, 192x192x3) on each engine and on PyTorch (channels_last, fused
Adam, the same threads), interleaved step by step. PyTorch is installed once into a cache folder outside the
repository. A ratio is printed only if the nets compute the same and the machine is quiet.

  --engines LIST    default onnx,tensorflow; one that is not installed is named and left out
  --threads N       default: all cores
  --batch N --size N --width X    default 2, 192, 1
  --steps N --warm-ups N          default 20, 5
  --wait MINUTES    wait so long for a quiet machine, default 0
  --without-torch   no reference: times only

Example: npm run bench -- train --engines onnx --steps 40
`

const reference = 'pytorch'

const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

/** Exit code 0 unless a net computes something else than PyTorch's. */
export async function benchTraining(words: readonly string[]): Promise<number> {
  const options = parseOptions('train', words, {
    help: { type: 'boolean', short: 'h', default: false },
    engines: { type: 'string', default: 'onnx,tensorflow' },
    threads: { type: 'string', default: String(availableParallelism()) },
    batch: { type: 'string', default: '2' },
    size: { type: 'string', default: '192' },
    width: { type: 'string', default: '1' },
    steps: { type: 'string', default: '20' },
    'warm-ups': { type: 'string', default: '5' },
    wait: { type: 'string', default: '0' },
    'without-torch': { type: 'boolean', default: false },
  })
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const size = wholeNumber('size', options.size, 32)
  if (size % 32 !== 0)
    throw new Problem('wrong-use', `--size must be a multiple of 32, not ${size}.`)
  const networkWidth = Number(options.width)
  if (!(networkWidth > 0 && networkWidth <= 4))
    throw new Problem('wrong-use', `--width must be a number in (0, 4], not "${options.width}".`)
  const task: Task = {
    threads: wholeNumber('threads', options.threads, 1),
    batch: wholeNumber('batch', options.batch, 1),
    height: size,
    width: size,
    channels: 3,
    classes: 2,
    networkWidth,
    learningRate: 1e-3,
    parityLearningRate: 3e-5,
    parityLosses: 4,
  }
  const plan: Plan = {
    warmUps: wholeNumber('warm-ups', options['warm-ups'], 0),
    measurements: wholeNumber('steps', options.steps, 1),
    restMs: 300,
  }
  const engines = options.engines.split(',')
  const python = options['without-torch'] ? undefined : pythonWithTorch(say)
  const atStart = await quietLoad(wholeNumber('wait', options.wait, 0))
  const folder = writeTask(task, fcn({ width: networkWidth, classes: 2, channels: 3 }))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true })) // also after Ctrl-C
  const commands = [
    ...(python === undefined ? [] : [torchPeer(python, folder)]),
    ...engines.map((engine) => ownPeer(engine, folder, task.threads)),
  ]
  return conclude(await measure(commands, task, plan, folder, atStart))
}

function torchPeer(python: string, folder: string): PeerCommand {
  const script = join(import.meta.dirname, 'peers', 'train_torch.py')
  return { name: reference, command: python, arguments: [script, folder] }
}

function ownPeer(engine: string, folder: string, threads: number): PeerCommand {
  const script = join(import.meta.dirname, 'peers', 'ours.ts')
  const args = [...process.execArgv, script, engine, folder]
  // What the product gives its engine process, see remote.ts.
  const environment = engine === 'onnx' ? onnxEnvironment : tensorflowEnvironment(threads)
  return { name: engine, command: process.execPath, arguments: args, environment }
}

/** The load at the start, after at most `minutes` of waiting for a quiet machine. */
async function quietLoad(minutes: number): Promise<Load> {
  for (let waited = 0; waited < minutes * 60 && !load().isQuiet; waited += 5) await pause(5000)
  return load()
}

async function measure(
  commands: readonly PeerCommand[],
  task: Task,
  plan: Plan,
  folder: string,
  atStart: Load,
): Promise<TrainingResult> {
  const unavailable: string[] = []
  const computed = new Map<string, Computed>()
  for (const command of commands) {
    // A process of its own, which ends again: it leaves no trace in the memory figures.
    const peer = await startPeer(command)
    if ('unavailable' in peer) {
      unavailable.push(`${peer.name}: ${peer.unavailable}`)
      continue
    }
    say(`${peer.name}: ${peer.version}, computing the parity check ...`)
    const answer = await peer.ask('parity')
    const outputs = readNumbers(join(folder, textOf(answer, 'outputs')))
    computed.set(command.name, { losses: numbersOf(answer, 'losses'), outputs })
    await peer.close()
  }
  const expected = computed.get(reference)
  const parity = new Map<string, Parity>()
  for (const [name, own] of computed)
    if (expected !== undefined && name !== reference) parity.set(name, compare(own, expected))

  const peers: Peer[] = []
  try {
    for (const command of commands) {
      if (!computed.has(command.name)) continue
      const peer = await startPeer(command)
      if (!('unavailable' in peer)) peers.push(peer)
    }
    const timings = await interleave(peers, plan, (round, rounds) => {
      if (round % 5 === 0) say(`round ${round + 1} of ${rounds}`)
    })
    const objections = [
      ...(expected === undefined ? ['PyTorch was left out'] : []),
      ...(atStart.isQuiet
        ? []
        : [`the machine was not quiet (load ${atStart.perCore.toFixed(2)} per core at the start)`]),
    ]
    return { task, plan, load: atStart.perCore, timings, unavailable, parity, objections }
  } finally {
    await Promise.all(peers.map((peer) => peer.close()))
  }
}

function conclude(result: TrainingResult): number {
  const section = trainingSection(result, reference)
  process.stdout.write(`${section.text}\n`)
  const allAgree = [...result.parity.values()].every((p) => p.passed)
  if (result.objections.length === 0 && allAgree && result.parity.size > 0)
    say(`Written to ${writeSection('train', section)}.`)
  else say('The report was not written: the figures are not valid.')
  return allAgree ? 0 : 1
}
