/** The Data Manager's selections and orders, as far as the plugin uses them. */
import { z } from 'zod'
import type { FakeState, FakeTask } from './state.ts'

const query = z.strictObject({
  filters: z
    .strictObject({
      conjunction: z.enum(['and', 'or']),
      items: z.array(
        z.strictObject({
          filter: z.string().startsWith('filter:tasks:'),
          operator: z.string(),
          type: z.string(),
          value: z.unknown(),
        }),
      ),
    })
    .optional(),
  ordering: z.array(z.string().startsWith('tasks:')).default([]),
})

export interface Selected {
  readonly tasks: readonly FakeTask[]
  /** Columns that were named. */
  readonly asked: ReadonlySet<string>
  averageScore(task: FakeTask): number | null
}

export function select(state: FakeState, project: number, text: string | undefined): Selected {
  const { filters, ordering } = query.parse(text === undefined ? {} : JSON.parse(text))
  const items = (filters?.items ?? []).map((item) => ({
    ...item,
    column: item.filter.replace('filter:tasks:', ''),
  }))
  const columns = ordering.map((one) => one.replace('tasks:', ''))
  const asked = new Set([...columns, ...items.map(({ column }) => column)])
  const averages = asked.has('predictions_score') ? averagesOf(state, project) : new Map()
  const values = (task: FakeTask): Record<string, unknown> => ({
    id: task.id,
    updated_at: task.updatedAt,
    draft_exists: asked.has('draft_exists') && state.draftsOf(task.id).length > 0,
    total_annotations: asked.has('total_annotations')
      ? state.annotationsOf(task.id).filter(({ wasCancelled }) => !wasCancelled).length
      : 0,
    predictions_score: averages.get(task.id) ?? null,
    predictions_model_versions: asked.has('predictions_model_versions')
      ? state.predictionsOf(task.id).map(({ modelVersion }) => modelVersion)
      : [],
  })
  const found = state
    .tasksOf(project)
    .map((task) => ({ task, values: values(task) }))
    .filter(({ values: own }) => {
      if (items.length === 0) return true
      const fits = items.map((item) => isFitting(own[item.column], item.operator, item.value))
      return filters?.conjunction === 'or' ? fits.some(Boolean) : fits.every(Boolean)
    })
  const by = columns[0] ?? 'id'
  found.sort((a, b) => compare(a.values[by], b.values[by]) || a.task.id - b.task.id)
  return {
    tasks: found.map(({ task }) => task),
    asked,
    averageScore: (task) => averages.get(task.id) ?? null,
  }
}

/** Of the predictions of the project's version. */
function averagesOf(state: FakeState, project: number): Map<number, number> {
  const version = state.projects.get(project)?.modelVersion ?? null
  const scores = new Map<number, number[]>()
  for (const { task, modelVersion, score } of state.predictions.values()) {
    if (score === null || (version !== null && modelVersion !== version)) continue
    scores.set(task, [...(scores.get(task) ?? []), score])
  }
  return new Map(
    [...scores].map(([task, own]) => [task, own.reduce((sum, one) => sum + one, 0) / own.length]),
  )
}

function isFitting(own: unknown, operator: string, value: unknown): boolean {
  if (operator === 'contains') {
    // A text is taken for a list of letters, as the server does.
    const wanted = Array.isArray(value) ? value : [...String(value)]
    return Array.isArray(own) && own.some((one) => wanted.some((part) => one.includes(part)))
  }
  if (own === null || own === undefined) return false
  if (operator === 'equal') return own === value
  const order = compare(own, value)
  if (operator === 'greater') return order > 0
  if (operator === 'less') return order < 0
  throw new Error(`the fake has no operator ${operator}`)
}

/** Null first, as SQLite does; stamps as moments. */
function compare(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  const size = Math.max(left.length, right.length)
  const [x, y] = [micro(left, size), micro(right, size)]
  return x < y ? -1 : Number(x > y)
}

const micro = (text: string, size: number) => text.replace('Z', '').padEnd(size, '0')
