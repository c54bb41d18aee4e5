/** Which predictions of a bulk import the server drops without a word. */
import { z } from 'zod'
import type { FakeProject } from './state.ts'

const region = z.looseObject({
  type: z.string(),
  from_name: z.string(),
  to_name: z.string(),
  value: z.looseObject({ points: z.array(z.tuple([z.number(), z.number()])).optional() }),
})

export function faultOf(
  row: { readonly score?: number | null | undefined; readonly result: readonly unknown[] },
  { parsed }: FakeProject,
): string | undefined {
  const { score } = row
  if (score !== null && score !== undefined && (score < 0 || score > 1)) return 'score'
  for (const one of row.result) {
    const read = region.safeParse(one)
    if (!read.success) return 'region'
    const { type, from_name, to_name, value } = read.data
    const control = parsed[from_name]
    if (control === undefined || !control.to_name.includes(to_name)) return 'from_name'
    if (control.type.toLowerCase() !== type) return 'type'
    const labels: unknown = value[type]
    if (!Array.isArray(labels) || labels.some((label) => !control.labels.includes(label))) {
      return 'labels'
    }
    if (value.points?.flat().some((at) => at < 0 || at > 100)) return 'points'
  }
  return undefined
}
