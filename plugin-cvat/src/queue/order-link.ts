/** The list of jobs that shows the order: CVAT's own list knows no other (contract sections 2 and 8, B). */
import type { Memory } from '../state.ts'

/**
 * @param address of CVAT as people open it, without a slash at the end
 * @param project in CVAT; its jobs are listed before anything was published
 */
export function orderLink(
  address: string,
  project: number,
  { published }: Pick<Memory, 'published'>,
): string {
  const head = published?.head ?? []
  const which =
    head.length > 0
      ? { in: [{ var: 'id' }, head.map(({ job }) => job)] }
      : { '==': [{ var: 'project_id' }, project] }
  const filter = { and: [which, { '!': { '==': [{ var: 'state' }, 'completed'] } }] }
  const query = new URLSearchParams({ sort: 'updated_date', filter: JSON.stringify(filter) })
  return `${address}/jobs?${query}`
}
