/** The sidecar as the plugins see it: every reply checked, everything that may be repeated repeated. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { createHttp, type HttpOptions } from './http.ts'
import { problemView } from './protocol/event.ts'
import { image, missingReply } from './protocol/image.ts'
import { type Label, labelRecord, labelsReply } from './protocol/label.ts'
import { mapReply } from './protocol/map-runs.ts'
import type { ProblemReport } from './protocol/problem-report.ts'
import { type NewProject, type ProjectChange, project } from './protocol/project.ts'
import { queuePage, type Receipt, receiptRecord } from './protocol/queue.ts'
import { startRoundReply } from './protocol/round.ts'
import { type SegmentBody, segmentReply } from './protocol/segment.ts'
import { session } from './protocol/session.ts'
import { suggestion } from './protocol/suggestion.ts'
import { type TaskInput, task, tasksReply } from './protocol/task.ts'
import { pageOf } from './protocol.ts'
import { createCaller } from './sidecar-client/call.ts'
import { type EventStream, type EventWish, openEvents } from './sidecar-client/events.ts'

export interface SidecarOptions extends Pick<HttpOptions, 'attempts' | 'timeoutMs' | 'pause'> {
  /** E.g. `http://127.0.0.1:4300`. */
  readonly address: string
  /** Of the role `service`; absent for a sidecar without tokens. */
  readonly token?: string | undefined
}

export type SidecarClient = ReturnType<typeof createSidecarClient>

/** Masks of a whole bulk are checked before it answers. */
const bulkTimeoutMs = 120_000

/** All methods throw a Problem with what the sidecar says, or `tool-failed` when it does not answer. */
export function createSidecarClient({ address, token, ...limits }: SidecarOptions) {
  const http = createHttp({
    name: 'The sidecar',
    address,
    secrets: () => (token === undefined ? [] : [token]),
    ...limits,
  })
  const { call, pages } = createCaller(http, token)
  const at = (id: string, rest: string) => `v1/projects/${encodeURIComponent(id)}${rest}`

  async function all<Item extends z.ZodType>(path: string, item: Item, signal: AbortSignal) {
    const items: z.output<Item>[] = []
    for await (const page of pages(path, pageOf(item), {}, signal)) items.push(...page.items)
    return items
  }

  return {
    address,
    /** Who holds the token there. */
    session: (signal: AbortSignal) => call({ method: 'GET', path: 'v1/session' }, session, signal),
    projects: (signal: AbortSignal) => all('v1/projects', project, signal),
    project: (id: string, signal: AbortSignal) =>
      call({ method: 'GET', path: at(id, '') }, project, signal),
    /** The same one again changes nothing. */
    createProject: (body: NewProject, signal: AbortSignal) =>
      call({ method: 'POST', path: 'v1/projects', body, isRepeatable: true }, project, signal),
    changeProject: (id: string, body: ProjectChange, signal: AbortSignal) =>
      call({ method: 'PATCH', path: at(id, ''), body, isRepeatable: true }, project, signal),

    /** In pages. */
    tasks: (id: string, signal: AbortSignal) => pages(at(id, '/tasks'), pageOf(task), {}, signal),
    task: (id: string, taskKey: string, signal: AbortSignal) =>
      call({ method: 'GET', path: at(id, `/tasks/${encodeURIComponent(taskKey)}`) }, task, signal),
    putTasks: (id: string, tasks: readonly TaskInput[], signal: AbortSignal) =>
      call(
        { method: 'POST', path: at(id, '/tasks'), body: { tasks }, ...repeatable },
        tasksReply,
        signal,
      ),

    /** Those of the images whose bytes are not there. */
    missingImages: async (digests: readonly string[], signal: AbortSignal) => {
      const request = { method: 'POST', path: 'v1/images/missing', isRepeatable: true } as const
      return (await call({ ...request, body: { digests } }, missingReply, signal)).missing
    },
    putImage: (digest: string, bytes: Uint8Array, signal: AbortSignal) => {
      const headers = { 'Content-Type': 'application/octet-stream' }
      const path = `v1/images/${digest}`
      return call({ method: 'PUT', path, body: bytes, headers, ...bulk }, image, signal)
    },

    /** Versions without masks, oldest first; of one task only when it is named. */
    labels: (id: string, task: string | undefined, signal: AbortSignal) =>
      pages(at(id, '/annotations'), pageOf(labelRecord), { task }, signal),
    putLabels: (
      id: string,
      labels: readonly Label[],
      beforeConnection: boolean,
      signal: AbortSignal,
    ) =>
      call(
        {
          method: 'POST',
          path: at(id, '/annotations'),
          body: { labels, beforeConnection },
          ...repeatable,
        },
        labelsReply,
        signal,
      ),

    /** One revision, page after page; of old ones only the published part is there. */
    queue: (id: string, revision: number, signal: AbortSignal) =>
      pages(at(id, `/queue/revisions/${revision}`), queuePage, {}, signal),
    /** Newest first. */
    receipts: (id: string, signal: AbortSignal) =>
      pages(at(id, '/queue/receipts'), pageOf(receiptRecord), {}, signal),
    sendReceipt: (id: string, body: Receipt, signal: AbortSignal) => {
      // A receipt is appended: the key makes a repetition harmless.
      const headers = { 'Idempotency-Key': randomUUID() }
      const path = at(id, '/queue/receipts')
      return call({ method: 'POST', path, body, headers, isRepeatable: true }, nothing, signal)
    },
    /** @throws Problem `not-ready` at once or after so many seconds */
    suggestion: (id: string, taskKey: string, waitSeconds: number, signal: AbortSignal) => {
      const path = at(id, `/tasks/${encodeURIComponent(taskKey)}/suggestion`)
      const query = { wait: waitSeconds }
      return call({ method: 'GET', path, query, isRepeatable: false }, suggestion, signal)
    },

    /** Mean probability of a class. @throws Problem `not-ready` at once or after so many seconds */
    probability: (
      id: string,
      taskKey: string,
      classId: number,
      waitSeconds: number,
      signal: AbortSignal,
    ) => {
      const path = at(id, `/tasks/${encodeURIComponent(taskKey)}/suggestion/probability.json`)
      const query = { class: classId, wait: waitSeconds }
      return call({ method: 'GET', path, query, isRepeatable: false }, mapReply, signal)
    },

    /** @throws Problem `not-ready` at once or after so many seconds */
    segment: (
      id: string,
      taskKey: string,
      body: SegmentBody,
      waitSeconds: number,
      signal: AbortSignal,
    ) => {
      const path = at(id, `/tasks/${encodeURIComponent(taskKey)}/segment`)
      const query = { wait: waitSeconds }
      return call({ method: 'POST', path, query, body }, segmentReply, signal)
    },

    /** @throws Problem `conflict` when one is running; `too-few-labels` */
    startRound: (id: string, signal: AbortSignal) =>
      call(
        { method: 'POST', path: at(id, '/rounds'), isRepeatable: false },
        startRoundReply,
        signal,
      ),

    problems: (id: string, signal: AbortSignal) => all(at(id, '/problems'), problemView, signal),
    reportProblem: (id: string, key: string, body: ProblemReport, signal: AbortSignal) =>
      call({ method: 'PUT', path: at(id, `/problems/${key}`), body }, nothing, signal),
    clearProblem: (id: string, key: string, signal: AbortSignal) =>
      call({ method: 'DELETE', path: at(id, `/problems/${key}`) }, nothing, signal),

    events: (wish: EventWish): EventStream => openEvents(address, token, wish),
  }
}

const bulk = { timeoutMs: bulkTimeoutMs } as const
/** Labels and tasks are known by their content: sending them again changes nothing. */
const repeatable = { ...bulk, isRepeatable: true } as const
const nothing = z.undefined()
