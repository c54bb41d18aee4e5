/** Figures for Prometheus. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ProjectRecord } from '../ports/store.ts'

export interface Metrics {
  request(route: string, method: string, status: number, seconds: number): void
  labels(project: string, accepted: number, repeated: number): void
  /** Called by the process that watches the engine. */
  engine(state: 'starting' | 'ready' | 'failed'): void
  /** Text in the format of Prometheus. */
  render(projects: readonly ProjectRecord[]): Promise<string>
  readonly media: string
  close(): void
}

const engineStates = ['starting', 'ready', 'failed'] as const

/** Between two looks at the event loop. */
const resolutionMs = 10

/** Seconds that a look came too late, from the nanoseconds since the one before. */
const beyond = (sinceLast: number) => Math.max(0, sinceLast / 1e9 - resolutionMs / 1000)

export function createMetrics(): Metrics {
  const registers = [new Registry()]
  const [registry = new Registry()] = registers
  collectDefaultMetrics({ register: registry })
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()

  const requests = new Histogram({
    name: 'suggest_http_request_seconds',
    help: 'Duration of requests by route, method and status.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.005, 0.02, 0.05, 0.25, 1, 5, 30],
    registers,
  })
  const labels = new Counter({
    name: 'suggest_labels_total',
    help: 'Versions of labels received, by what became of them.',
    labelNames: ['project', 'outcome'] as const,
    registers,
  })
  const gauge = <Name extends string>(name: string, help: string, labelNames: readonly Name[]) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers })
  const rounds = gauge('suggest_round', 'Number of the latest round.', ['project'])
  const revisions = gauge('suggest_queue_revision', 'Revision of the queue.', ['project'])
  const tasks = gauge('suggest_tasks', 'Tasks by state.', ['project', 'state'])
  const engine = gauge('suggest_engine_state', '1 for the state that the engine is in.', ['state'])
  const lag = gauge('suggest_event_loop_delay_seconds', 'Since the last look.', ['quantile'])

  return {
    request(route, method, status, seconds) {
      requests.observe({ route, method, status }, seconds)
    },
    labels(project, accepted, repeated) {
      labels.inc({ project, outcome: 'accepted' }, accepted)
      labels.inc({ project, outcome: 'repeated' }, repeated)
    },
    engine(state) {
      for (const one of engineStates) engine.set({ state: one }, one === state ? 1 : 0)
    },
    async render(projects) {
      for (const { id, round, queueRevision, counts } of projects) {
        rounds.set({ project: id }, round)
        revisions.set({ project: id }, queueRevision)
        tasks.set({ project: id, state: 'all' }, counts.tasks)
        tasks.set({ project: id, state: 'labelled' }, counts.labelled)
        tasks.set({ project: id, state: 'in-progress' }, counts.inProgress)
      }
      lag.set({ quantile: '0.5' }, beyond(delay.percentile(50)))
      lag.set({ quantile: '0.99' }, beyond(delay.percentile(99)))
      lag.set({ quantile: '1' }, beyond(delay.max))
      delay.reset()
      return registry.metrics()
    },
    media: registry.contentType,
    close() {
      delay.disable()
      registry.clear()
    },
  }
}
