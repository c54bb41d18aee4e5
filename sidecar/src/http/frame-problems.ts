/** What a route has because of what it is, not because of what it does. */
import type { ProblemKind } from '@suggestive/shared/problem'
import type { Route } from './route.ts'

/** Whether it heeds an Idempotency-Key: bodies that are streamed are told apart by their content anyway. */
export function takesKey({ method, body }: Route): boolean {
  return method === 'post' && (body.media === undefined || body.schema !== undefined)
}

/** All kinds of problems that a request to this route can get, each once. */
export function problemsOf(route: Route): readonly ProblemKind[] {
  const { roles, path, body, problems } = route
  const kinds: ProblemKind[] = [...problems, 'protocol-mismatch', 'wrong-use']
  if (roles !== 'anyone') kinds.push('unauthorised', 'too-many-requests', 'forbidden')
  if (path.includes('/:project')) kinds.push('not-found')
  if (body.media !== undefined) kinds.push('wrong-media-type')
  if (body.schema !== undefined) kinds.push('too-large')
  if (takesKey(route)) kinds.push('key-reused', 'conflict')
  return [...new Set(kinds)].sort()
}
