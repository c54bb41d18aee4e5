/** Refusals of the server: a status and the body that it sends. */

export class Refusal extends Error {
  readonly status: number
  readonly errors: object | undefined

  constructor(status: number, detail: string, errors?: object) {
    super(detail)
    this.status = status
    this.errors = errors
  }

  body() {
    return {
      id: '00000000-0000-4000-8000-000000000000',
      status_code: this.status,
      version: '1.23.2',
      detail: this.message,
      exc_info: null,
      ...(this.errors === undefined ? {} : { validation_errors: this.errors }),
    }
  }
}

export const missing = (what: string) => new Refusal(404, `No ${what} matches the given query.`)

export const invalid = (errors: object) => new Refusal(400, 'Validation error', errors)
