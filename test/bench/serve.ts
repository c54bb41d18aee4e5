/** The server under load: reads a second and their waiting times, what arrives, and memory of very large projects. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labelsReply } from '@suggestive/shared/protocol/label'
import { project } from '@suggestive/shared/protocol/project'
import { round } from '@suggestive/shared/protocol/round'
import { tasksReply } from '@suggestive/shared/protocol/task'
import { listenTo, type Served, sendImages, serve, specimens } from '../support/serve.ts'
import { parseOptions, wholeNumber } from './options.ts'
import { load as machineLoad } from './quiet.ts'
import { table, writeSection } from './report.ts'
import { connectLarge } from './serve/large.ts'
import { type LoadFigures, load } from './serve/load.ts'
import { keyOf, published, seedLarge } from './serve/seed.ts'
import { ingestLabels, ingestTasks } from './serve/writes.ts'

const usage = `Usage: npm run bench -- serve [options]

Starts the server on a project of 10,000 tasks and reads pages of 100 rows of its queue and its tasks, suggestions and
maps of 512x512, all mixed, with full answers: idle (>= 1,500/s, p99 <= 50 ms) and while four networks train
(p99 <= 250 ms). Ingest of 10,000 tasks <= 3 s; of single labels, durable, p99 <= 25 ms.

  --seconds N      of each load, default 20
  --connections N  default 16
  --labels N       single labels, default 300
  --large N        instead: connects a project of N tiny images over the interface, and prints time and memory until
                   its queue is published (100,000: <= 500 MB)

Example: npm run bench -- serve --large 100000
`

const bars = { perSecond: 1500, idleP99: 50, trainingP99: 250, tasksSeconds: 3, labelP99: 25 }
const mostMiB = 500
const tasks = 10_000
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

/** Exit code 1 when a bar is missed on a quiet machine. */
export async function benchServe(words: readonly string[]): Promise<number> {
  const options = parseOptions('serve', words, {
    help: { type: 'boolean', short: 'h', default: false },
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '16' },
    labels: { type: 'string', default: '300' },
    large: { type: 'string' },
  })
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-serve-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true })) // also after Ctrl-C
  const data = join(folder, 'data')
  mkdirSync(data)
  if (options.large !== undefined) return benchLarge(data, wholeNumber('large', options.large, 1))
  return benchReads(data, {
    seconds: wholeNumber('seconds', options.seconds, 1),
    connections: wholeNumber('connections', options.connections, 1),
    labels: wholeNumber('labels', options.labels, 10),
  })
}

interface Plan {
  readonly seconds: number
  readonly connections: number
  readonly labels: number
}

async function benchReads(data: string, { seconds, connections, labels }: Plan): Promise<number> {
  say(`Making a project of ${tasks} tasks ...`)
  await seedLarge(data, tasks)
  const atStart = machineLoad()
  const server = await serve(data)
  try {
    const paths = mixedPaths()
    const pid = server.sidecar()
    await load(server.address, pid, 3, connections, paths)
    say('Reading ...')
    const idle = await load(server.address, pid, seconds, connections, paths)
    await server.ask(project, 'POST', '/v1/projects', {
      id: 'incoming',
      name: 'Incoming',
      tool: 'none',
      classes: [{ id: 1, name: 'object' }],
    })
    const tasksSeconds = await ingestTasks(server, 'incoming', tasks)
    const labelTimes = percentiles(await ingestLabels(server, 'large', 1000, labels))
    say('Training ...')
    await startTraining(server)
    const training = await load(server.address, pid, seconds, connections, paths)
    const labelTimesTraining = percentiles(await ingestLabels(server, 'large', 3000, labels))
    const still = await server.ask(round, 'GET', '/v1/projects/training/rounds/1')
    const wasTraining = still.state === 'training'
    return conclude(
      { idle, training, tasksSeconds, labelTimes, labelTimesTraining, wasTraining },
      atStart,
    )
  } finally {
    await server.stop()
  }
}

/** Equal shares of queue, tasks, suggestions and maps; every address is another one. */
function mixedPaths(): string[] {
  const at = '/v1/projects/large'
  return Array.from({ length: published }, (_, i) => {
    const suggestion = `${at}/tasks/${keyOf(i)}/suggestion`
    const map = i % 2 === 0 ? 'mask' : 'uncertainty'
    return [
      i === 0 ? `${at}/queue?limit=100` : `${at}/queue?limit=100&after=1.${100 * i}`,
      suggestion,
      `${at}/tasks?limit=100&after=${100 * i}`,
      `${suggestion}/${map}.png`,
    ]
  }).flat()
}

/** A small project whose first round trains as soon as its labels are there. */
async function startTraining(server: Served): Promise<void> {
  const images = specimens(16, 128)
  await server.ask(project, 'POST', '/v1/projects', {
    id: 'training',
    name: 'Training',
    tool: 'none',
    classes: [{ id: 1, name: 'object' }],
    settings: { profile: 'quick', k: 4 },
  })
  const digests = await sendImages(server, images)
  await server.ask(tasksReply, 'POST', '/v1/projects/training/tasks', {
    tasks: digests.map((imageDigest, i) => ({ taskKey: `${i}`, name: `${i}`, imageDigest })),
  })
  await server.ask(labelsReply, 'POST', '/v1/projects/training/annotations', {
    labels: images.slice(0, 8).map(({ mask }, i) => ({
      taskKey: `${i}`,
      externalId: `${i}`,
      version: 1,
      annotator: 'anna',
      seconds: 60,
      outcome: 'labelled',
      mask,
    })),
  })
  const events = listenTo(server.address)
  await events.until(
    (event) => event.type === 'round.progress' && (event.data.iteration ?? 0) > 5,
    'training',
    300_000,
  )
  events.close()
}

interface Times {
  readonly p50: number
  readonly p99: number
}

function percentiles(times: readonly number[]): Times {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

interface Found {
  readonly idle: LoadFigures
  readonly training: LoadFigures
  readonly tasksSeconds: number
  readonly labelTimes: Times
  readonly labelTimesTraining: Times
  readonly wasTraining: boolean
}

function conclude(found: Found, atStart: ReturnType<typeof machineLoad>): number {
  const { idle, training, tasksSeconds, labelTimes, labelTimesTraining, wasTraining } = found
  const failed = idle.failed + training.failed
  const checks: [string, boolean][] = [
    [`>= ${bars.perSecond}/s`, idle.perSecond >= bars.perSecond],
    [`p99 <= ${bars.idleP99} ms`, idle.p99 <= bars.idleP99],
    [`p99 <= ${bars.trainingP99} ms while training`, training.p99 <= bars.trainingP99],
    [`${tasks} tasks in <= ${bars.tasksSeconds} s`, tasksSeconds <= bars.tasksSeconds],
    [`labels p99 <= ${bars.labelP99} ms`, labelTimes.p99 <= bars.labelP99],
  ]
  const reads = (name: string, one: LoadFigures) => [
    name,
    `${one.perSecond.toFixed(0)}/s`,
    `${one.p50.toFixed(0)} ms`,
    `${one.p99.toFixed(0)} ms`,
    `${one.megabytesPerSecond.toFixed(0)} MB/s`,
    `${one.cpuMs.toFixed(2)} ms`,
  ]
  const writes = (name: string, { p50, p99 }: Times) => [
    name,
    '',
    `${p50.toFixed(1)} ms`,
    `${p99.toFixed(1)} ms`,
    '',
    '',
  ]
  const text = [
    `Server, load and training on the same machine; a project of ${tasks} tasks; queue and task pages of 100, suggestions and maps of 512x512 in equal shares, all answers complete (${failed} of ${idle.count + training.count} failed); load per core at the start ${atStart.perCore.toFixed(2)}.`,
    table([
      ['', 'rate', 'median', 'p99', 'bytes', 'CPU time of the server, each'],
      reads('reads, idle', idle),
      reads('reads, training', training),
      writes('single labels, idle', labelTimes),
      writes('single labels, training', labelTimesTraining),
      [`${tasks} tasks in one request`, '', `${tasksSeconds.toFixed(2)} s`, '', '', ''],
    ]),
    checks.map(([name, isReached]) => `${name}: ${isReached ? 'reached' : 'missed'}`).join('; '),
    ...(wasTraining ? [] : ['The training had ended before the measurement: repeat it.']),
  ].join('\n\n')
  process.stdout.write(`${text}\n`)
  const isValid = atStart.isQuiet && wasTraining && failed === 0
  if (isValid) say(`Kept in ${writeSection('serve', { text, figures: found })}.`)
  else say('The machine was busy, or an answer failed: the figures are not kept.')
  return failed > 0 || (isValid && checks.some(([, isReached]) => !isReached)) ? 1 : 0
}

async function benchLarge(data: string, count: number): Promise<number> {
  const server = await serve(data)
  try {
    const figures = await connectLarge(server, count, say)
    const isReached = figures.peakMiB <= mostMiB
    const text = [
      `A project of ${count} tiny images connected over the interface.`,
      table([
        ['images sent', 'tasks taken', 'queue published after', 'peak memory of the server', 'bar'],
        [
          `${figures.uploadSeconds.toFixed(0)} s`,
          `${figures.ingestSeconds.toFixed(1)} s`,
          `${figures.queueSeconds.toFixed(0)} s`,
          `${figures.peakMiB.toFixed(0)} MiB`,
          `<= ${mostMiB} MB: ${isReached ? 'reached' : 'missed'}`,
        ],
      ]),
    ].join('\n\n')
    process.stdout.write(`${text}\n`)
    if (count >= 100_000) say(`Kept in ${writeSection('serve-large', { text, figures })}.`)
    return isReached ? 0 : 1
  } finally {
    await server.stop()
  }
}
