/** Errors of a service as problem documents, without stacks and secrets. */
import type { ErrorRequestHandler } from 'express'
import type { Log } from '../bridge/deps.ts'
import { Problem } from '../problem.ts'
import { type ProblemDocument, problemMedia, problemType } from '../protocol/problem.ts'
import { redact } from '../redact.ts'

/** @param instance names a request in documents and in the log */
export function answerProblems(log: Log, instance: () => string): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const problem = problemOf(error)
    const { kind, title, status, message, errors } = problem
    const name = instance()
    const facts = { kind, status, instance: name, method: request.method, path: request.path }
    if (status >= 500) log.error({ ...facts, error: redact(String(error)) }, redact(message))
    if (response.headersSent) return response.destroy()
    const document: ProblemDocument = {
      type: problemType(kind),
      title,
      status,
      detail: redact(message),
      instance: name,
      ...(errors.length === 0 ? {} : { errors: [...errors] }),
    }
    if (kind === 'unauthorised') response.setHeader('WWW-Authenticate', 'Basic realm="plugin"')
    response
      .status(status)
      .setHeader('Cache-Control', 'no-store')
      .type(problemMedia)
      .send(JSON.stringify(document))
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  // What the readers of bodies and addresses throw.
  const status = statusOf(error)
  if (status === 413) {
    return new Problem('too-large', 'The body is larger than is possible here: send less at once.')
  }
  if (status === 415) {
    return new Problem(
      'wrong-media-type',
      'The body has an encoding that is not read here: send plain JSON.',
    )
  }
  if (status !== undefined && status < 500) {
    return new Problem('wrong-use', 'The request cannot be read: send valid JSON in UTF-8.')
  }
  return new Problem(
    'internal',
    'Something unexpected went wrong: the log of the plugin says more; the request can be repeated.',
    { cause: error },
  )
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof URIError) return 400
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined
  return typeof error.status === 'number' && error.status >= 400 ? error.status : undefined
}
