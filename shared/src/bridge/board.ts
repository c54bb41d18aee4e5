/** Problems of one project: kept here, shown on the sidecar's page as soon as it can be reached. */
import { createHash } from 'node:crypto'
import type { ProblemReport } from '../protocol/problem-report.ts'
import { webAddress } from '../protocol.ts'
import type { SidecarClient } from '../sidecar-client.ts'

export type Topic =
  | 'connection'
  | 'project'
  | 'state'
  | 'memory'
  | 'tasks'
  | 'labels'
  | 'queue'
  | 'served'
  | 'drift'

export interface Found {
  readonly sentence: string
  readonly remedy: string
  readonly url?: string | undefined
}

export interface Board {
  set(topic: Topic, found: Found): void
  /** Of one thing, e.g. the labels of a task. */
  setOf(topic: 'label' | 'image' | 'task', name: string, found: Found): void
  clear(topic: Topic): void
  clearOf(topic: 'label' | 'image' | 'task', name: string): void
  /** What is wrong now. */
  open(): readonly ProblemReport[]
  /** Takes over what an earlier run has reported. */
  load(id: string, signal: AbortSignal): Promise<void>
  /** Makes the page show what is open. Nothing is sent when nothing has changed. */
  sync(id: string, signal: AbortSignal): Promise<void>
}

/** Of one topic, the page shows so many; of the others their number. */
const mostShown = 50

type Port = Pick<SidecarClient, 'problems' | 'reportProblem' | 'clearProblem'>

export function createBoard(sidecar: Port): Board {
  const found = new Map<string, ProblemReport>()
  /** As the page shows them. */
  const shown = new Map<string, string>()

  function put(key: string, { sentence, remedy, url }: Found) {
    const link = webAddress.safeParse(url)
    found.set(key, {
      sentence: plain(sentence),
      remedy: plain(remedy),
      ...(link.success ? { url: link.data } : {}),
    })
  }

  function wanted(): Map<string, ProblemReport> {
    const wanted = new Map<string, ProblemReport>()
    const counts = new Map<string, number>()
    for (const [key, report] of found) {
      const group = /^tool\.(label|image|task)\./.exec(key)?.[0]
      const count = group === undefined ? 0 : (counts.get(group) ?? 0) + 1
      if (group !== undefined) counts.set(group, count)
      if (count <= mostShown) wanted.set(key, report)
    }
    for (const [group, count] of counts) {
      if (count <= mostShown) continue
      const sentence = `${count - mostShown} more tasks have such a problem.`
      const remedy = 'Solve those that are shown; the next ones follow.'
      wanted.set(`${group}more~`, { sentence, remedy })
    }
    return wanted
  }

  return {
    set: (topic, report) => put(`tool.${topic}`, report),
    setOf: (topic, name, report) => put(keyOf(topic, name), report),
    clear: (topic) => void found.delete(`tool.${topic}`),
    clearOf: (topic, name) => void found.delete(keyOf(topic, name)),
    open: () => [...found.values()],
    async load(id, signal) {
      shown.clear()
      for (const { key, project, sentence, remedy, url } of await sidecar.problems(id, signal)) {
        if (project !== id || !key.startsWith('tool.')) continue
        const report = { sentence, remedy, ...(url === null ? {} : { url }) }
        shown.set(key, JSON.stringify(report))
        // Things of single tasks stand until their task is looked at again; all else is found anew.
        if (/^tool\.(label|image|task)\.(?!more~$)/.test(key) && !found.has(key)) {
          found.set(key, report)
        }
      }
    },
    async sync(id, signal) {
      const now = wanted()
      for (const [key, report] of now) {
        const text = JSON.stringify(report)
        if (shown.get(key) === text) continue
        await sidecar.reportProblem(id, key, report, signal)
        shown.set(key, text)
      }
      for (const key of [...shown.keys()]) {
        if (now.has(key)) continue
        await sidecar.clearProblem(id, key, signal)
        shown.delete(key)
      }
    },
  }
}

function keyOf(topic: string, name: string): string {
  const isPlain = /^[\w.-]{1,100}$/.test(name)
  const short = isPlain ? name : `~${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
  return `tool.${topic}.${short}`
}

/** As the protocol takes it: one line, not too long, not empty. */
function plain(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim()
  if (line === '') return '-'
  return line.length > 2000 ? `${line.slice(0, 1997)}...` : line
}
