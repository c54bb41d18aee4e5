/** Long lists in pieces. */

/** Items that cross between threads, or go into one transaction, at once: a label in between waits for one of them. */
export const sliceLength = 200

export async function* slicesOf<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  for (let at = 0; at < items.length; at += sliceLength) yield items.slice(at, at + sliceLength)
}
