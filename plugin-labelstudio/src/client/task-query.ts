/** Selections of tasks as the Data Manager understands them. */

export interface TaskFilter {
  readonly filter: string
  readonly operator: string
  readonly type: string
  readonly value: unknown
}

export interface TaskQuery {
  readonly filters?: {
    readonly conjunction: 'and' | 'or'
    readonly items: readonly TaskFilter[]
  }
  readonly ordering?: readonly string[]
}

/** By id: a place in this order is not lost when tasks come or go meanwhile. */
export function afterId(id: number): TaskQuery {
  const items = [{ filter: 'filter:tasks:id', operator: 'greater', type: 'Number', value: id }]
  return { filters: { conjunction: 'and', items }, ordering: ['tasks:id'] }
}

/** By the moment of the last change, ISO 8601; all when there is none. */
export function changedAfter(moment: string | undefined): TaskQuery {
  const items =
    moment === undefined
      ? []
      : [
          {
            filter: 'filter:tasks:updated_at',
            operator: 'greater',
            type: 'Datetime',
            value: moment,
          },
        ]
  return { filters: { conjunction: 'and', items }, ordering: ['tasks:updated_at'] }
}

export function withIds(ids: readonly number[]): TaskQuery {
  const items = ids.map((value) => ({
    filter: 'filter:tasks:id',
    operator: 'equal',
    type: 'Number',
    value,
  }))
  return { filters: { conjunction: 'or', items } }
}

/** Somebody has begun an annotation of them and not submitted it. */
export const drafted: TaskQuery = {
  filters: {
    conjunction: 'and',
    items: [
      { filter: 'filter:tasks:draft_exists', operator: 'equal', type: 'Boolean', value: true },
    ],
  },
}

/** The first tasks of the present order, those with a score below. */
export function scoredBelow(score: number): TaskQuery {
  const items = [
    { filter: 'filter:tasks:predictions_score', operator: 'less', type: 'Number', value: score },
  ]
  return { filters: { conjunction: 'and', items }, ordering: ['tasks:predictions_score'] }
}

/** They have a prediction of this version; the list of values is what makes the filter exact. */
export function withVersion(version: string, after: number): TaskQuery {
  const { filters, ordering } = afterId(after)
  const item = {
    filter: 'filter:tasks:predictions_model_versions',
    operator: 'contains',
    type: 'List',
    value: [version],
  }
  return {
    filters: { conjunction: 'and', items: [...(filters?.items ?? []), item] },
    ordering: ordering ?? [],
  }
}
