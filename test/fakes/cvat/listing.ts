/** Lists: filtered, searched, sorted and cut into pages as the server does. */
import { jsonLogic, type Values } from './filter.ts'
import { Refusal } from './refusal.ts'

export interface Listed<Item> {
  readonly items: readonly Item[]
  /** What an item is filtered and sorted by. */
  readonly values: (item: Item) => Values
  /** Names that may be asked for, of `values`. */
  readonly names: readonly string[]
  /** Names in which `search` looks. */
  readonly searched?: readonly string[]
  readonly render: (item: Item) => object
}

/** @param address of this list with its query, for the links to the neighbouring pages */
export function listing<Item>(listed: Listed<Item>, query: URLSearchParams, address: string) {
  const { names, searched = [], values } = listed
  const filter = query.get('filter')
  const holds = filter === null ? () => true : jsonLogic(filter, names)
  const search = query.get('search')?.toLowerCase()
  const plain = names.filter((name) => query.has(name))
  const found = listed.items
    .map((item) => ({ item, own: values(item) }))
    .filter(
      ({ own }) =>
        holds(own) &&
        plain.every((name) => String(own[name] ?? '') === query.get(name)) &&
        (search === undefined ||
          searched.some((name) =>
            String(own[name] ?? '')
              .toLowerCase()
              .includes(search),
          )),
    )
  // Unknown names are passed over without a word.
  const order = (query.get('sort') ?? '')
    .split(',')
    .filter((name) => names.includes(name.replace(/^-/, '')))
  found.sort((a, b) => compare(a.own, b.own, order.length === 0 ? ['-id'] : order))
  return page(
    found.map(({ item }) => item),
    query,
    address,
    listed.render,
  )
}

function compare(a: Values, b: Values, order: readonly string[]): number {
  for (const key of order) {
    const name = key.replace(/^-/, '')
    const by = compareValues(a[name] ?? null, b[name] ?? null)
    if (by !== 0) return key.startsWith('-') ? -by : by
  }
  return 0
}

/** Nothing comes last, as in PostgreSQL. */
function compareValues(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -1 : 1
}

export function page<Item>(
  found: readonly Item[],
  query: URLSearchParams,
  address: string,
  render: (item: Item) => object,
) {
  const asked = query.get('page_size')
  const size = asked === 'all' ? Math.max(1, found.length) : Number(asked ?? 10) || 10
  const number = Number(query.get('page') ?? 1)
  const last = Math.max(1, Math.ceil(found.length / size))
  if (!Number.isInteger(number) || number < 1 || number > last) {
    throw new Refusal(404, { detail: 'Invalid page.' })
  }
  const link = (to: number) => {
    const url = new URL(address)
    if (to === 1) url.searchParams.delete('page')
    else url.searchParams.set('page', String(to))
    url.searchParams.sort()
    return url.href
  }
  return {
    count: found.length,
    next: number < last ? link(number + 1) : null,
    previous: number > 1 ? link(number - 1) : null,
    results: found.slice((number - 1) * size, number * size).map(render),
  }
}
