/** Pages of lists that are short enough to be read as a whole. */
import type { page } from '@suggestive/shared/protocol'
import type { z } from 'zod'

/**
 * @param keyOf different for each item and the same for ever; the list is ordered by it, so that nothing is left out
 *   when items come and go between two pages
 */
export function listPage<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { limit, after = '' }: z.output<typeof page>,
): { readonly items: readonly Item[]; readonly next: string | null } {
  const keyed = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const shown = keyed.slice(0, limit)
  const last = keyed.length > limit ? shown.at(-1) : undefined
  return { items: shown.map(({ item }) => item), next: last?.key ?? null }
}
