/** The suggestion rule on large pools: time with the arrays in memory, memory with a million images in a file. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { interleave, type Timing } from './interleave.ts'
import { parseOptions, wholeNumber } from './options.ts'
import { type PeerCommand, startPeer } from './peer.ts'
import { unitVectors, writePool } from './pool.ts'
import { load } from './quiet.ts'
import { table, writeSection } from './report.ts'
import { milliseconds } from './spread.ts'

const usage = `Usage: npm run bench -- select [options]

Random unit vectors, 16 candidates, 8 chosen: 100,000 images x 1024 numbers in memory (<= 1 s after loading), beside
numpy in float32 where a Python with numpy is at hand; 1,000,000 images from a file of 4 GB (<= 2 GB of memory).

  --images N     images in memory, default 100000
  --copies N     the file holds so many times as many, default 10; 0 leaves that part out
  --width N      numbers per image, default 1024
  --steps N      measurements, default 5
  --python PATH  the Python that may have numpy, default python3

Example: npm run bench -- select --copies 0 --python .venv/bin/python
`

const mostSeconds = 1
const mostMiB = 2048
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

/** Exit code 1 when a bar is missed; a busy machine may take its time. */
export async function benchSelection(words: readonly string[]): Promise<number> {
  const options = parseOptions('select', words, {
    help: { type: 'boolean', short: 'h', default: false },
    images: { type: 'string', default: '100000' },
    copies: { type: 'string', default: '10' },
    width: { type: 'string', default: '1024' },
    steps: { type: 'string', default: '5' },
    python: { type: 'string', default: 'python3' },
  })
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const images = wholeNumber('images', options.images, 1)
  const copies = wholeNumber('copies', options.copies, 0)
  const width = wholeNumber('width', options.width, 1)
  const steps = wholeNumber('steps', options.steps, 1)
  const atStart = load()

  say(`Making ${images} random unit vectors of ${width} numbers ...`)
  const vectors = unitVectors(images, width)
  const inMemory = await onPool(vectors, width, 1, 1, steps, (folder) => [
    ourPeer(folder, 'memory'),
    {
      name: 'numpy',
      command: options.python,
      arguments: [join(import.meta.dirname, 'peers', 'select_numpy.py'), folder],
    },
  ])
  const streamed =
    copies > 0
      ? await onPool(vectors, width, copies, 0, 1, (folder) => [ourPeer(folder, 'stream')])
      : { timings: [], notes: [] }

  const rows = [
    ...inMemory.timings.map((timing) => row(`${images}`, timing)),
    ...streamed.timings.map((timing) => row(`${images * copies} streamed`, timing)),
  ]
  const notes = [...inMemory.notes, ...streamed.notes]
  const text = [
    `16 candidates, 8 chosen, ${width} numbers per image; medians of ${steps} after one warm-up (streamed: one run, ` +
      `reading included); load per core at the start ${atStart.perCore.toFixed(2)}.`,
    table([['images', 'peer', 'wall time', 'CPU time', 'peak memory'], ...rows]),
    ...notes,
  ].join('\n\n')
  process.stdout.write(`${text}\n`)
  const [ours] = inMemory.timings
  const inTime = ours !== undefined && ours.wall.median <= 1000 * mostSeconds
  const inRoom = streamed.timings.every((timing) => timing.peakMiB <= mostMiB)
  const busy = !atStart.isQuiet && !inTime
  say(`<= ${mostSeconds} s: ${busy ? 'not judged on a busy machine' : verdict(inTime)}.`)
  if (copies > 0) say(`<= 2 GB: ${verdict(inRoom)}.`)
  const figures = { inMemory: inMemory.timings, streamed: streamed.timings, load: atStart.perCore }
  if (atStart.isQuiet) say(`Kept in ${writeSection('select', { text, figures })}.`)
  else say('The machine was busy: the figures are not kept.')
  return (inTime || busy) && inRoom ? 0 : 1
}

const verdict = (isReached: boolean) => (isReached ? 'reached' : 'missed')

function ourPeer(folder: string, mode: 'memory' | 'stream'): PeerCommand {
  const script = join(import.meta.dirname, 'peers', 'select_ours.ts')
  return {
    name: 'suggest',
    command: process.execPath,
    arguments: [...process.execArgv, script, folder, mode],
  }
}

const row = (images: string, { name, version, wall, cpu, peakMiB }: Timing) => [
  images,
  `${name} (${version})`,
  milliseconds(wall),
  milliseconds(cpu),
  `${peakMiB.toFixed(0)} MiB`,
]

/** Writes the pool, measures the peers that start, one at a time, and removes the pool. */
async function onPool(
  vectors: Float32Array,
  width: number,
  copies: number,
  warmUps: number,
  steps: number,
  peersFor: (folder: string) => readonly PeerCommand[],
): Promise<{ readonly timings: readonly Timing[]; readonly notes: readonly string[] }> {
  say(`Writing ${(4e-9 * vectors.length * copies).toFixed(1)} GB ...`)
  const folder = writePool(vectors, width, copies)
  const notes: string[] = []
  const timings: Timing[] = []
  try {
    const peers = []
    for (const command of peersFor(folder)) {
      const peer = await startPeer(command).catch((error: unknown) => ({
        name: command.name,
        unavailable: error instanceof Error ? error.message : String(error),
      }))
      if ('unavailable' in peer) notes.push(`No figure for ${peer.name}: ${peer.unavailable}`)
      else peers.push(peer)
    }
    const plan = { warmUps, measurements: steps, restMs: 100 }
    timings.push(...(await interleave(peers, plan)))
    const chosen = await Promise.all(peers.map((peer) => peer.ask('step')))
    const same = new Set(chosen.map((answer) => JSON.stringify(answer['rows']))).size <= 1
    if (!same) notes.push('The peers choose different rows.')
    for (const peer of peers) await peer.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { timings, notes }
}
