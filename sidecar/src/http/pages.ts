/** Rendered bodies of reads, so that the same page is not made again and again. */

export interface Rendered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface PageCache {
  /** @param address with its query */
  get(address: string, version: string): Rendered | undefined
  put(address: string, version: string, page: Rendered): void
}

/** What an entry costs beside its body. */
const overhead = 500

/** Forgets what was not asked for the longest time once `mostBytes` are held; a page of another version at once. */
export function createPageCache(mostBytes: number): PageCache {
  const pages = new Map<string, { readonly version: string; readonly page: Rendered }>()
  let held = 0
  const cost = (address: string, { body }: Rendered) => 2 * address.length + overhead + body.length
  function drop(address: string) {
    const entry = pages.get(address)
    if (entry === undefined) return
    pages.delete(address)
    held -= cost(address, entry.page)
  }
  return {
    get(address, version) {
      const entry = pages.get(address)
      if (entry === undefined) return undefined
      pages.delete(address)
      if (entry.version === version) pages.set(address, entry)
      else held -= cost(address, entry.page)
      return entry.version === version ? entry.page : undefined
    },
    put(address, version, page) {
      drop(address)
      if (cost(address, page) > mostBytes / 8) return
      pages.set(address, { version, page })
      held += cost(address, page)
      for (const oldest of pages.keys()) {
        if (held <= mostBytes) break
        drop(oldest)
      }
    },
  }
}
