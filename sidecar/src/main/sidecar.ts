/** Puts the sidecar together and takes it apart again. */
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import type { Problem } from '@suggestive/shared/problem'
import { systemClock, systemTimers } from '@suggestive/shared/system-time'
import type { Logger } from 'pino'
import { createConductor } from '../app/conductor.ts'
import { createImageRoom } from '../app/ingest-room.ts'
import { nextStep } from '../app/next-step.ts'
import { shrinkImages } from '../app/round/retention.ts'
import { pluginNames, toolNames } from '../config/schema.ts'
import type { Config } from '../config.ts'
import { createAccess } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { attachEvents } from '../http/events.ts'
import { createMetrics } from '../http/metrics.ts'
import { openUploads } from '../http/uploads.ts'
import { openIntake } from '../intake/client.ts'
import { pageRoutes } from '../page/routes.ts'
import type { SegmentWork } from '../ports/workshop.ts'
import { openBlobs } from '../store/disk-blobs.ts'
import { openStoreThread } from '../store/thread.ts'
import { decideEngine } from './engine.ts'
import { limitedSize, limitsOf } from './limits.ts'
import { listen } from './listen.ts'
import { readRunning } from './running.ts'
import { openWorkshop } from './workshop.ts'

/** A request with its body takes this long at most. */
const requestTimeout = 300_000
/** Between two looks for uploads that nobody goes on with. */
const sweepMs = 3_600_000

export interface Sidecar {
  /** Of the page. */
  readonly address: string
  raise(key: string, sentence: string, remedy: string): Promise<void>
  clear(key: string): Promise<void>
  close(): Promise<void>
}

export interface SidecarOptions {
  readonly config: Config
  readonly version: string
  readonly log: Logger
  /** A part has died that cannot be replaced while the process runs. */
  readonly onDeath: (problem: Problem) => void
}

/** Undoes what was opened, the last first. */
class Opened {
  readonly #closers: [string, () => Promise<void> | void][] = []

  add(name: string, close: () => Promise<void> | void): void {
    this.#closers.push([name, close])
  }

  /** What fails to close is logged and does not keep the others. */
  async close(log: Logger): Promise<void> {
    for (const [part, close] of this.#closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        log.error({ part, error: String(error) }, 'a part did not close')
      }
    }
  }
}

/** @throws Problem for everything that a person has to change first */
export async function openSidecar(options: SidecarOptions): Promise<Sidecar> {
  const opened = new Opened()
  try {
    return await open(options, opened)
  } catch (error) {
    await opened.close(options.log)
    throw error
  }
}

async function open(
  { config, version, log, onDeath }: SidecarOptions,
  opened: Opened,
): Promise<Sidecar> {
  const { data, host, port } = config
  const clock = systemClock
  const imageBytes = config.cacheGigabytes * 2 ** 30
  const inData = (name: string) => join(data, name)
  const thread = await openStoreThread(inData('suggest.db'), {
    onExit: onDeath,
    onTrouble: (sentence) => log.error({ reason: sentence }, 'the log of the database grows'),
  })
  opened.add('store', thread.close)
  const { store, jobs } = thread
  await store.check()
  // The store has locked the data folder: nobody else writes there.
  const blobs = await openBlobs(inData('blobs'), { isOurs: true })
  const intake = await openIntake({
    onExit: ({ message }) => log.error({ reason: message }, 'the intake is started again'),
  })
  opened.add('intake', intake.close)
  const metrics = createMetrics()
  opened.add('metrics', metrics.close)
  const { engine, threads, why } = await decideEngine(config)
  log.info({ engine, threads, why }, 'engine chosen')
  const workshop = await openWorkshop(
    { engine, threads, blobs: inData('blobs'), checkpoints: inData('checkpoints') },
    { store, clock, timers: systemTimers, log, metrics },
  )
  opened.add('workshop', () => workshop.close())
  const conductor = createConductor({
    store,
    blobs,
    jobs,
    workshop,
    clock,
    timers: systemTimers,
    log,
    limits: { imageBytes },
  })
  opened.add('conductor', () => conductor.stop())
  let isReady = false
  const access = createAccess({
    tokens: config.tokens.map(({ role, name, token }) => ({ role, name, token: token.reveal() })),
    clock,
  })
  const uploads = await openUploads(inData('uploads'), clock)
  const sweeping = setInterval(() => {
    uploads.sweep().catch((error: unknown) => log.warn({ err: error }, 'uploads were not swept'))
  }, sweepMs)
  opened.add('uploads', () => clearInterval(sweeping))
  const deps = {
    store,
    blobs,
    conductor,
    intake: intake.intake,
    clock,
    access,
    log,
    metrics,
    version,
    uploads,
    pictureSize: limitedSize(config),
    room: createImageRoom({
      store,
      blobs,
      clock,
      imageBytes,
      shrink: (most) => shrinkImages({ store, blobs, log }, most),
    }),
    segment: (work: SegmentWork) => workshop.segment(work),
    levels: (map: string) => workshop.levels(map),
    limits: limitsOf(config),
    isReady: () => isReady,
  }
  const pages = pageRoutes({
    store,
    access,
    isOpen: config.tokens.length === 0,
    viewOf: async (project) => ({ ...project, nextStep: await nextStep(store, project) }),
    version,
    invitations: async () => {
      const all = pluginNames.map(async (name) => {
        const plugin = await readRunning(data, name)
        return plugin === undefined
          ? []
          : [{ tool: toolNames[name], form: `${plugin.address}/connect` }]
      })
      return (await Promise.all(all)).flat()
    },
  })
  const server = createServer({ requestTimeout }, createApp(deps, [pages]))
  if (config.logLevel === 'debug') server.on('request', requestLog(log))
  const events = attachEvents(server, deps)
  const address = await listen(server, host, port)
  opened.add('server', async () => {
    isReady = false
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await events.close()
    server.closeIdleConnections()
    const timer = setTimeout(() => server.closeAllConnections(), 2000)
    await closed
    clearTimeout(timer)
  })
  await conductor.start()
  isReady = true
  return {
    address,
    raise: (key, sentence, remedy) =>
      store.raiseProblem({ key, project: null, sentence, remedy }, clock.now()),
    clear: (key) => store.clearProblem(null, key, clock.now()),
    close: () => opened.close(log),
  }
}

/** A line per answered request; addresses without their query. */
function requestLog(log: Logger): RequestListener {
  return (request, response) => {
    const start = performance.now()
    const { method, url = '' } = request
    const [path] = url.split('?')
    response.on('close', () => {
      const ms = Math.round(performance.now() - start)
      log.debug({ method, path, status: response.statusCode, ms }, 'request')
    })
  }
}
