/** Fields of JSON data of our own making, read back with a check of each. */

export interface Fields {
  text(key: string): string
  textOrNull(key: string): string | null
  number(key: string): number
  numberOrNull(key: string): number | null
  texts(key: string): readonly string[]
  numbers(key: string): readonly number[]
  /** A list of records. */
  records(key: string): readonly Fields[]
}

/**
 * @param name of the record, for messages
 * @throws Error, also by each reader, that names what is not as it was written: nobody but the program writes it
 */
export function fieldsOf(record: unknown, name: string): Fields {
  if (typeof record !== 'object' || record === null) throw new Error(`${name} is no record`)
  const values = new Map<string, unknown>(Object.entries(record))
  const wrong = (key: string) => new Error(`${name} has no proper ${key}`)
  const text = (key: string) => {
    const value = values.get(key)
    if (typeof value !== 'string') throw wrong(key)
    return value
  }
  const number = (key: string) => {
    const value = values.get(key)
    if (typeof value !== 'number') throw wrong(key)
    return value
  }
  const list = (key: string): readonly unknown[] => {
    const value = values.get(key)
    if (!Array.isArray(value)) throw wrong(key)
    return value
  }
  return {
    text,
    number,
    textOrNull: (key) => (values.get(key) === null ? null : text(key)),
    numberOrNull: (key) => (values.get(key) === null ? null : number(key)),
    texts: (key) =>
      list(key).map((value) => {
        if (typeof value !== 'string') throw wrong(key)
        return value
      }),
    numbers: (key) =>
      list(key).map((value) => {
        if (typeof value !== 'number') throw wrong(key)
        return value
      }),
    records: (key) => list(key).map((value, i) => fieldsOf(value, `${name}.${key}[${i}]`)),
  }
}
