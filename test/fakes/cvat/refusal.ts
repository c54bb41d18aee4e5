/** Refusals of the server: a status and the JSON body that it sends. */

export class Refusal extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(`${status} ${JSON.stringify(body)}`)
    this.status = status
    this.body = body
  }
}

export const missing = (what: string) =>
  new Refusal(404, { detail: `No ${what} matches the given query.` })

export const forbidden = () =>
  new Refusal(403, { detail: 'You do not have permission to perform this action.' })

export const invalid = (...sentences: string[]) => new Refusal(400, sentences)

/** @throws Refusal 404 */
export function found<Item>(item: Item | undefined, what: string): Item {
  if (item === undefined) throw missing(what)
  return item
}
