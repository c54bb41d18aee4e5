/** An agent at a fake CVAT Online, with suggestions that the test makes up. */
import { type Agent, type AgentOptions, createAgent } from '@suggestive/plugin-cvat/agent'
import type { Registered } from '@suggestive/plugin-cvat/agent/registration'
import type { AgentTimes } from '@suggestive/plugin-cvat/agent/times'
import { createClient } from '@suggestive/plugin-cvat/client'
import { agentCalls } from '@suggestive/plugin-cvat/client/agents'
import { createCaller } from '@suggestive/plugin-cvat/client/call'
import { authorizationFor } from '@suggestive/plugin-cvat/client/credentials'
import { classesOf } from '@suggestive/plugin-cvat/codec/classes'
import type { Suggestion } from '@suggestive/plugin-cvat/codec/shapes'
import { readPool } from '@suggestive/plugin-cvat/pool/access'
import { JobList } from '@suggestive/plugin-cvat/pool/job-list'
import { TaskList } from '@suggestive/plugin-cvat/pool/task-list'
import { Turns } from '@suggestive/plugin-cvat/pool/turns'
import { Ledger } from '@suggestive/plugin-cvat/state'
import { createHttp } from '@suggestive/shared/http'
import type { AnnotationRequest } from '../fakes/cvat/agents.ts'
import type { FakeTask } from '../fakes/cvat/model.ts'
import { type FakeCvat, type NewLabel, type NewTask, openFakeCvat } from '../fakes/cvat.ts'
import { realTimers } from './bridge.ts'
import { HeldMemory } from './cvat.ts'
import { hollowPng } from './png.ts'

/** Of every image here. */
export const [width, height] = [8, 4]

/** Every wait is short; polling is slow enough that only events wake an agent. */
const fast: AgentTimes = {
  nameMs: 5,
  pollMs: 60_000,
  watchedPollMs: 60_000,
  leastPauseMs: 10,
  mostPauseMs: 40,
  progressMs: 0,
}

/** Three pixels in the second row, from the second column on. */
export const object = [9, 3, 20]
/** The same as CVAT has it. */
export const objectPoints = [0, 3, 1, 1, 3, 1]

export type AgentBench = Awaited<ReturnType<typeof openAgentBench>>

export async function openAgentBench(options: { readonly isOnline?: boolean } = {}) {
  const fake = await openFakeCvat({ agents: options.isOnline ?? true })
  return benchAt(fake)
}

function benchAt(fake: FakeCvat, labels: readonly NewLabel[] = [{ name: 'gland', type: 'mask' }]) {
  const project = fake.addProject('Glands', labels)
  const account = { address: fake.address, credentials: { token: fake.admin.personalToken } }
  const patient = { attempts: 2, pause: async () => {}, timeoutMs: 2000 }
  const client = createClient({ ...account, ...patient })
  const held = new HeldMemory()
  const suggestions = new Map<string, Suggestion | Error>()
  const reports: (string | undefined)[] = []
  const lines: string[] = []
  const agents: Agent[] = []
  const tell = (_: object, sentence: string) => void lines.push(sentence)
  const access = {
    ...{ client, project: project.id, ledger: new Ledger(held), stage: 'annotation' as const },
    ...{ jobs: new JobList(client, project.id), tasks: new TaskList(client, project.id) },
    ...{ now: Date.now, assigning: new Turns(), completed: new Map<number, string>() },
    report: () => {},
    classes: async () => classesOf(await client.labels(project.id, never)),
  }
  let images = 0

  return {
    fake,
    project,
    memory: held,
    suggestions,
    /** Of the agent's function. */
    kept: { value: undefined as Registered | undefined, onWrite: () => {} },
    reports,
    lines,
    /** With other labels. */
    with: (more: readonly NewLabel[]) => benchAt(fake, more),
    calls: () => {
      const authorization = authorizationFor(account.credentials)
      const http = createHttp({ name: 'CVAT', address: fake.address, ...patient })
      const reach = { address: fake.address, authorization, organization: undefined }
      return agentCalls(createCaller(http, authorization, undefined), reach)
    },
    addTask(frames: number, more: NewTask = {}): FakeTask {
      const files = Array.from({ length: frames }, () => {
        const name = `image-${++images}.png`
        return { name, bytes: Buffer.concat([hollowPng(width, height), Buffer.from(name)]) }
      })
      return fake.addTask(project, files, { segmentSize: 1, ...more })
    },
    /** What the model sees in a frame: of each class the runs and the score. */
    suggest(
      task: FakeTask,
      frame: number,
      ...layers: readonly (readonly [number, number[], number])[]
    ) {
      suggestions.set(`${task.id}-${frame}`, {
        mask: {
          ...{ width, height },
          layers: layers.map(([classId, runs]) => ({ classId, runs })),
        },
        scores: new Map(layers.map(([classId, , score]) => [classId, score])),
      })
    },
    /** Another process with the same memory; started. */
    start(more: Partial<AgentOptions> = {}, times: Partial<AgentTimes> = {}): Agent {
      const agent = createAgent({
        isOn: true,
        calls: this.calls(),
        memory: {
          read: () => this.kept.value,
          write: async (value) => {
            this.kept.onWrite()
            this.kept.value = value
          },
        },
        project: () => 'glands',
        pool: (signal) => readPool(access, signal),
        classes: access.classes,
        async suggestion(taskKey) {
          const found = suggestions.get(taskKey)
          if (found instanceof Error) throw found
          return found
        },
        shape: 'mask',
        clock: { now: Date.now },
        timers: realTimers,
        log: { info: tell, warn: tell, error: tell },
        report: (sentence) => void reports.push(sentence),
        times: { ...fast, ...times },
        ...more,
      })
      agents.push(agent)
      agent.start()
      return agent
    },
    /** The function, once it is there. */
    async function() {
      await until('a function', () => this.kept.value?.id != null)
      return fake.agents.of(this.kept.value?.id ?? 0)
    },
    /** A function that an agent listens to. */
    async listening() {
      const { id } = await this.function()
      await until('the stream', () => fake.agents.of(id).watchers.size === 1)
      return id
    },
    /** The same, when it has found both queues empty. */
    async resting() {
      const before = fake.count('POST', /acquire$/)
      const id = await this.listening()
      await until('rest', () => fake.count('POST', /acquire$/) >= before + 4)
      return id
    },
    async close() {
      await Promise.all(agents.map((agent) => agent.stop()))
      await fake.close()
    },
  }
}

export const never = new AbortController().signal

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`${what}: it did not happen`)
}

export const ended = (request: AnnotationRequest): Promise<void> =>
  until('an end', () => request.status === 'finished' || request.status === 'failed')
