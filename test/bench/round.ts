/** One `quick` round as a person starts it, by the command line: wall time and peak resident memory per engine. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { parseOptions, wholeNumber } from './options.ts'
import { encodePng } from './png.ts'
import { load } from './quiet.ts'
import { table, writeSection } from './report.ts'
import { type Resident, watchResident } from './resident.ts'

const usage = `Usage: npm run bench -- round [options]

Runs \`suggest train\` with 4 members on 40 generated, labelled images of 256x256 pixels and measures wall time and
the peak resident memory of its processes. Bars of the profile \`quick\`: 200 s with onnx, 150 s with tensorflow, 1 GB.

  --engines LIST    default onnx,tensorflow; one that does not run is named and left out
  --profile NAME    default quick
  --count N --size N              generated images, default 40 of 256 pixels
  --images DIR --masks DIR        your own images instead

Example: npm run bench -- round --engines onnx
`

/** Most seconds of a \`quick\` round on two idle cores. */
const mostSeconds: Readonly<Record<string, number>> = { onnx: 200, tensorflow: 150 }
const mostMiB = 1024

const command = join(import.meta.dirname, '..', '..', 'sidecar', 'bin', 'suggest.js')
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

interface Round {
  readonly engine: string
  readonly seconds: number
  readonly resident: Resident | undefined
}

interface Failed {
  readonly engine: string
  readonly reason: string
}

/** Exit code 0 when every engine that runs reaches its bars, or the machine is too busy to say. */
export async function benchRound(words: readonly string[]): Promise<number> {
  const options = parseOptions('round', words, {
    help: { type: 'boolean', short: 'h', default: false },
    engines: { type: 'string', default: 'onnx,tensorflow' },
    profile: { type: 'string', default: 'quick' },
    count: { type: 'string', default: '40' },
    size: { type: 'string', default: '256' },
    images: { type: 'string' },
    masks: { type: 'string' },
  })
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const { images, masks, profile } = options
  if ((images === undefined) !== (masks === undefined))
    throw new Problem('wrong-use', 'Give --images and --masks together, or neither of them.')
  const atStart = load()
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-round-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true })) // also after Ctrl-C
  const count = wholeNumber('count', options.count, 1)
  const size = wholeNumber('size', options.size, 32)
  const own =
    images !== undefined && masks !== undefined ? { images, masks } : generate(folder, count, size)
  spawnSync(process.execPath, [command, '--help'], { stdio: 'ignore' }) // builds dist/ when it is absent or old
  const results: (Round | Failed)[] = []
  for (const engine of options.engines.split(',')) {
    say(`${engine} ...`)
    results.push(await train(engine, profile, own, join(folder, `${engine}.safetensors`)))
  }
  const what =
    images === undefined ? `${count} generated images of ${size}x${size} pixels` : 'own images'
  return conclude(
    results,
    profile,
    `${what}; load per core at the start ${atStart.perCore.toFixed(2)}`,
    atStart.isQuiet,
  )
}

function generate(folder: string, count: number, size: number) {
  const [images, masks] = [join(folder, 'images'), join(folder, 'masks')]
  mkdirSync(images)
  mkdirSync(masks)
  for (let index = 0; index < count; index++) {
    const { picture, mask } = phantom({ seed: 1, index, size })
    const name = `${String(index).padStart(3, '0')}.png`
    writeFileSync(
      join(images, name),
      encodePng(size, size, picture.channels, Uint8Array.from(picture.data)),
    )
    writeFileSync(
      join(masks, name),
      encodePng(
        size,
        size,
        1,
        mask.data.map((v) => 255 * v),
      ),
    )
  }
  return { images, masks }
}

function train(
  engine: string,
  profile: string,
  own: { readonly images: string; readonly masks: string },
  out: string,
): Promise<Round | Failed> {
  const flags = { images: own.images, masks: own.masks, out, profile, engine, seed: '1' }
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
  return new Promise((resolve) => {
    const start = performance.now()
    const child = spawn(process.execPath, [command, 'train', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const watch = watchResident(child.pid ?? 0)
    let last = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      last = `${last}${text}`.slice(-4000)
    })
    child.on('close', (code) => {
      const resident = watch.stop()
      const seconds = (performance.now() - start) / 1000
      if (code === 0) return resolve({ engine, seconds, resident })
      resolve({ engine, reason: last.trim().split('\n').at(-1) ?? `exit code ${code}` })
    })
  })
}

function conclude(
  results: readonly (Round | Failed)[],
  profile: string,
  what: string,
  isQuiet: boolean,
): number {
  const rounds = results.filter((result) => 'seconds' in result)
  const failed = results.filter((result) => 'reason' in result)
  const bar = ({ engine, seconds, resident }: Round) => {
    const most = mostSeconds[engine]
    if (profile !== 'quick' || most === undefined || !isQuiet) return { text: '', isMissed: false }
    const isMissed = seconds > most || (resident?.largestMiB ?? 0) > mostMiB
    return { text: `<= ${most} s, <= 1 GB: ${isMissed ? 'missed' : 'reached'}`, isMissed }
  }
  const inMiB = (n: number | undefined) =>
    n === undefined ? 'not measured' : `${n.toFixed(0)} MiB`
  const text = [
    `\`suggest train --profile ${profile}\`, 4 members, ${what}.`,
    table([
      ['engine', 'wall time', 'peak memory of the engine process', 'of all processes', 'bar'],
      ...rounds.map((round) => [
        round.engine,
        `${round.seconds.toFixed(1)} s`,
        inMiB(round.resident?.largestMiB),
        inMiB(round.resident?.treeMiB),
        bar(round).text,
      ]),
    ]),
    ...failed.map(({ engine, reason }) => `No figure for ${engine}: ${reason}`),
    ...(isQuiet ? [] : ['The machine was not quiet: these times say nothing about the bars.']),
  ].join('\n\n')
  process.stdout.write(`${text}\n`)
  if (isQuiet && rounds.length > 0)
    say(`Kept in ${writeSection('round', { text, figures: { profile, rounds } })}.`)
  else say('The figures are not kept.')
  return rounds.some((round) => bar(round).isMissed) ? 1 : 0
}
