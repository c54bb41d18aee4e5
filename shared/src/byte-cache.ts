/** Keeps the most recently used values within a number of bytes. */

export interface ByteCache<Value> {
  get(key: string): Value | undefined
  /** Forgets the least recently used values when there is no room; a value above the limit is not kept. */
  set(key: string, value: Value): void
}

/** @param bytesOf size of a value, counted against `limitBytes` */
export function createByteCache<Value>(
  limitBytes: number,
  bytesOf: (value: Value) => number,
): ByteCache<Value> {
  // A Map iterates in the order of insertion: the first entry is the one used longest ago.
  const entries = new Map<string, Value>()
  let used = 0
  const forget = (key: string) => {
    const value = entries.get(key)
    if (value === undefined) return
    entries.delete(key)
    used -= bytesOf(value)
  }
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      forget(key)
      const size = bytesOf(value)
      if (size > limitBytes) return
      for (const oldest of entries.keys()) {
        if (used + size <= limitBytes) break
        forget(oldest)
      }
      entries.set(key, value)
      used += size
    },
  }
}
