/** Predictions as bodies of bulk imports. */

/** Bytes of one request: the contract's limit is 100 MB. */
const mostBytes = 90_000_000

/** One JSON array or, where that would be too large, several; each costs the server the time of a whole import. */
export function* bodiesOf<Row>(
  rows: readonly Row[],
  limit = mostBytes,
): Iterable<{ readonly body: Uint8Array; readonly rows: number }> {
  let parts: string[] = []
  let bytes = 2
  for (const row of rows) {
    const text = JSON.stringify(row)
    const size = Buffer.byteLength(text) + 1
    if (parts.length > 0 && bytes + size > limit) {
      yield { body: Buffer.from(`[${parts.join(',')}]`), rows: parts.length }
      parts = []
      bytes = 2
    }
    parts.push(text)
    bytes += size
  }
  if (parts.length > 0) yield { body: Buffer.from(`[${parts.join(',')}]`), rows: parts.length }
}
