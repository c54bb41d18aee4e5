/** A tool over the fake Label Studio, and publications for it. */

import { type Memory, type MemoryStore, memory } from '@suggestive/plugin-labelstudio/state'
import { type LabelStudioOptions, LabelStudioTool } from '@suggestive/plugin-labelstudio/tool'
import type { Publication, PublishedRow } from '@suggestive/shared/tool'
import { FakeLabelStudio } from '../fakes/label-studio.ts'

export const never = new AbortController().signal

export class HeldMemory implements MemoryStore {
  held: Memory = memory.parse({})

  async read() {
    return structuredClone(this.held)
  }

  async write(value: Memory) {
    this.held = memory.parse(structuredClone(value))
  }
}

export interface Bench {
  readonly fake: FakeLabelStudio
  readonly project: number
  readonly ids: readonly number[]
  readonly memory: HeldMemory
  /** Milliseconds that were waited for. */
  readonly pauses: number[]
  readonly reports: (readonly [string, string | undefined])[]
  /** Another process with the same memory. */
  tool(options?: Partial<LabelStudioOptions>): LabelStudioTool
  /** Requests since the last call, as `POST /path`. */
  asked(): string[]
  close(): Promise<void>
}

export async function openBench(tasks: number, configuration?: string): Promise<Bench> {
  const fake = await FakeLabelStudio.open()
  const { id: project } = fake.addProject(tasks, configuration)
  const held = new HeldMemory()
  const pauses: number[] = []
  const reports: (readonly [string, string | undefined])[] = []
  let seen = 0
  return {
    fake,
    project,
    ids: fake.state.tasksOf(project).map(({ id }) => id),
    memory: held,
    pauses,
    reports,
    tool: (options = {}) =>
      new LabelStudioTool({
        address: fake.address,
        token: fake.admin.refreshToken,
        project,
        memory: held,
        pause: async (ms) => {
          pauses.push(ms)
        },
        report: (key, sentence) => {
          reports.push([key, sentence])
        },
        ...options,
      }),
    asked() {
      const fresh = fake.asked.slice(seen)
      seen = fake.asked.length
      return fresh.map(({ method, path }) => `${method} ${path}`)
    },
    close: () => fake.close(),
  }
}

export const digestOf = (letter: string) => letter.repeat(64)

/** The tasks in this order; the first `depth` have a pre-label. */
export function publicationOf(
  revision: number,
  ids: readonly number[],
  depth = 4,
  modelDigest = digestOf('a'),
): Publication {
  const rows = ids.map((id, index): PublishedRow => {
    const row = { rank: index + 1, taskKey: String(id) }
    if (index >= depth) return row
    const suggestion = {
      modelDigest,
      mask: { width: 4, height: 2, layers: [{ classId: 1, runs: [1, 2, 5] }] },
      scores: new Map([[1, 0.75]]),
      reason: `rank ${index + 1} of round ${revision}`,
      page: 'http://127.0.0.1/p',
    }
    return { ...row, suggestion }
  })
  return { revision, round: revision, rows }
}

/** What the project serves, but for the ids of things. */
export function served({ fake, project, ids }: Bench) {
  const own = fake.state.projects.get(project)
  return {
    sampling: own?.sampling,
    version: own?.modelVersion?.replace(/-[0-9a-f]{8}$/, ''),
    versions: [...fake.state.versions(project)].map(([name, count]) => [name.slice(0, 5), count]),
    rows: ids.flatMap((id) =>
      fake.state
        .predictionsOf(id)
        .filter(({ modelVersion }) => modelVersion === own?.modelVersion)
        .map(({ score, result }) => [id, score, result.length]),
    ),
    views: [...fake.state.views.values()].map(({ data }) => data),
  }
}

/** The tasks that users get in turn, finishing each. */
export async function serve({ fake, project }: Bench, users: readonly number[], count: number) {
  const got: number[] = []
  const open = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const user = users[i % users.length] ?? 1
    const task = fake.next(project, user)?.task.id ?? 0
    got.push(task)
    open.set(user, task)
    if (open.size === users.length) {
      const [first] = open
      if (first !== undefined) {
        await fake.submit(first[0], first[1], { result: [] })
        open.delete(first[0])
      }
    }
  }
  return got
}
