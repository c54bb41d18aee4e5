/** Webhooks of the fake: once, within the request that caused them, one second, no second try. */
import { renderAnnotation, renderProject, renderTask } from './render.ts'
import type { FakeAnnotation, FakeState, FakeTask } from './state.ts'

const timeoutMs = 1000

export async function deliver(
  state: FakeState,
  project: number,
  action: string,
  payload: object = {},
): Promise<void> {
  const own = state.projects.get(project)
  if (own === undefined) return
  for (const hook of state.hooks.values()) {
    if (hook.project !== project || !hook.isActive) continue
    if (!hook.sendForAll && !hook.actions.includes(action)) continue
    const body = hook.sendPayload
      ? { action, ...payload, project: renderProject(state, own) }
      : { action }
    try {
      await fetch(hook.url, {
        method: 'POST',
        headers: { ...hook.headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch {
      // Best effort: nobody hears of it.
    }
  }
}

export function annotationPayload(state: FakeState, annotation: FakeAnnotation, task: FakeTask) {
  return {
    annotation: {
      ...renderAnnotation(state, annotation),
      prediction: {},
      result_count: annotation.result.length,
      unique_id: `annotation-${annotation.id}`,
    },
    task: renderTask(state, task, new Set(), null),
  }
}
