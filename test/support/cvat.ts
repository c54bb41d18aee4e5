/** A tool over the fake CVAT, people at work in it, and publications for it. */
import { createClient } from '@suggestive/plugin-cvat/client'
import { type Memory, type MemoryStore, memory } from '@suggestive/plugin-cvat/state'
import { type CvatOptions, CvatTool } from '@suggestive/plugin-cvat/tool'
import type { Publication, PublishedRow } from '@suggestive/shared/tool'
import type { FakeJob, FakeProject, FakeShape, FakeTask, FakeUser } from '../fakes/cvat/model.ts'
import { type FakeCvat, type NewTask, openFakeCvat } from '../fakes/cvat.ts'
import { hollowPng } from './png.ts'

export const never = new AbortController().signal
/** Of every image here. */
const [width, height] = [8, 4]

export class HeldMemory implements MemoryStore {
  held: Memory = memory.parse({})
  /** Called before each write; throws where the process was killed. */
  onWrite: () => void = () => {}

  async read() {
    return structuredClone(this.held)
  }

  async write(value: Memory) {
    this.onWrite()
    this.held = memory.parse(structuredClone(value))
  }
}

export interface CvatBench {
  readonly fake: FakeCvat
  readonly project: FakeProject
  readonly label: number
  readonly anna: FakeUser
  readonly ben: FakeUser
  readonly memory: HeldMemory
  readonly reports: (readonly [string, string | undefined])[]
  /** Milliseconds since 1970, as the plugin sees it. */
  clock: { now: number }
  /** One-image jobs unless options say otherwise. */
  addTask(frames: number, options?: NewTask): FakeTask
  /** Another process with the same memory. */
  tool(options?: Partial<CvatOptions>): CvatTool
  /** Of the pool, in the order of frames. */
  keys(task: FakeTask): string[]
  jobOf(taskKey: string): FakeJob
  /** Requests since the last call, as `POST /path`. */
  asked(): string[]
  close(): Promise<void>
}

export async function openCvatBench(): Promise<CvatBench> {
  const fake = await openFakeCvat()
  const project = fake.addProject('Glands')
  const held = new HeldMemory()
  const clock = { now: Date.now() }
  const reports: (readonly [string, string | undefined])[] = []
  const [anna, ben] = [fake.addUser('anna'), fake.addUser('ben')]
  let [seen, images] = [0, 0]
  return {
    fake,
    project,
    label: [...fake.state.labels.values()].find((one) => one.project === project.id)?.id ?? 0,
    anna,
    ben,
    memory: held,
    reports,
    clock,
    addTask(frames, options = {}) {
      const files = Array.from({ length: frames }, () => {
        const name = `image-${++images}.png`
        return { name, bytes: Buffer.concat([hollowPng(width, height), Buffer.from(name)]) }
      })
      if (options.fromShare === true) {
        for (const { name, bytes } of files) fake.share.set(name, bytes)
      }
      return fake.addTask(project, files, { segmentSize: 1, ...options })
    },
    tool: (options = {}) =>
      new CvatTool({
        client: createClient({
          address: fake.address,
          credentials: { token: fake.admin.personalToken },
          pause: async () => {},
          attempts: 1,
        }),
        project: project.id,
        memory: held,
        publicAddress: 'https://cvat.example.org',
        annotators: [anna, ben].map(({ id, username }) => ({ id, username })),
        now: () => clock.now,
        report: (key, sentence) => {
          reports.push([key, sentence])
        },
        ...options,
      }),
    keys: (task) => (task.data?.images ?? []).map((_, frame) => `${task.id}-${frame}`),
    jobOf(taskKey) {
      const [task = 0, frame = 0] = taskKey.split('-').map(Number)
      const found = fake
        .jobs(project)
        .find((one) => one.task === task && one.start <= frame && frame <= one.stop)
      if (found === undefined) throw new Error(`no job holds ${taskKey}`)
      return found
    },
    asked() {
      const fresh = fake.asked.slice(seen)
      seen = fake.asked.length
      return fresh.map(({ method, path }) => `${method} ${path}`)
    },
    close: () => fake.close(),
  }
}

/** The tasks in this order; the first `depth` have a pre-label, another one for another revision. */
export function publicationOf(
  revision: number,
  taskKeys: readonly string[],
  depth = 4,
  modelDigest = 'a'.repeat(64),
): Publication {
  const pixels = 2 + (revision % 3)
  const rows = taskKeys.map((taskKey, index): PublishedRow => {
    const row = { rank: index + 1, taskKey }
    if (index >= depth) return row
    const suggestion = {
      modelDigest,
      mask: { width, height, layers: [{ classId: 1, runs: [1, pixels, 31 - pixels] }] },
      scores: new Map([[1, 0.75]]),
      reason: `rank ${index + 1} of round ${revision}`,
      page: 'http://sidecar.test/#project-p',
    }
    return { ...row, suggestion }
  })
  return { revision, round: revision, rows }
}

/** What a person draws: so many pixels of the first row. */
export function drawing(label: number, frame: number, pixels = 5) {
  const points = [0, pixels, 0, 0, pixels - 1, 0]
  return { type: 'mask', frame, label_id: label, points }
}

/** In a job that nobody has started, as a program leaves it that knows nothing of states. */
export function strayShape(label: number, frame: number, source = 'manual'): FakeShape {
  return {
    ...drawing(label, frame),
    id: 900 + frame,
    source,
    group: 0,
    score: 1,
    occluded: false,
    outside: false,
    z_order: 0,
    rotation: 0,
    attributes: [],
    elements: [],
  }
}
