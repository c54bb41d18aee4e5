/** Errors as problem documents, without stacks and secrets. */
import type { ServerResponse } from 'node:http'
import { Problem } from '@suggestive/shared/problem'
import {
  type ProblemDocument,
  problemMedia,
  problemType,
} from '@suggestive/shared/protocol/problem'

/** What is thrown, as a problem; anything that is not ours becomes `internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  // The router cannot decode an address.
  if (error instanceof URIError) {
    return new Problem('wrong-use', 'The address has a wrong escape: encode it with percent signs.')
  }
  return new Problem(
    'internal',
    'Something unexpected went wrong: the log of the server says more; the request changed nothing or can be repeated.',
    { cause: error },
  )
}

export function documentOf(problem: Problem, instance: string): ProblemDocument {
  const { kind, title, status, message, errors } = problem
  const facts = { type: problemType(kind), title, status, detail: message, instance }
  return errors.length === 0 ? facts : { ...facts, errors: [...errors] }
}

/** Further headers that a kind of problem needs. */
export function headersOf(problem: Problem): Readonly<Record<string, string>> {
  if (problem.kind === 'unauthorised') return { 'WWW-Authenticate': 'Bearer' }
  if (problem.kind === 'too-many-requests') return { 'Retry-After': '60' }
  if (problem.kind === 'not-ready') return { 'Retry-After': '1' }
  return {}
}

export function sendProblem(response: ServerResponse, problem: Problem, instance: string) {
  const body = JSON.stringify(documentOf(problem, instance))
  response.writeHead(problem.status, {
    'Content-Type': problemMedia,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headersOf(problem),
  })
  response.end(body)
}
