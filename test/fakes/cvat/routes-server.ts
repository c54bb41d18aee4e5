/** What the server says of itself, its share, and the state of long requests. */
import type { Router } from 'express'
import { answer, asker, queryOf } from './exchange.ts'
import { page } from './listing.ts'
import { forbidden, missing } from './refusal.ts'
import { renderRequest } from './render.ts'
import type { FakeState } from './state.ts'

export function serverRoutes(router: Router, state: FakeState): void {
  router.get('/server/plugins', (_, response) => {
    answer(response, 200, {
      GIT_INTEGRATION: false,
      ANALYTICS: false,
      MODELS: state.nuclio !== undefined,
      PREDICT: false,
    })
  })
  router.get('/server/share', (request, response) => {
    const query = queryOf(request)
    const folder = (query.get('directory') ?? '/').replace(/^\/|\/$/g, '')
    answer(response, 200, share(state, folder, query.get('search') ?? ''))
  })
  router.get('/requests', (request, response) => {
    const user = asker(state, request)
    const own = [...state.requests.values()].filter(({ owner }) => owner === user.id)
    const address = `${state.address}${request.originalUrl}`
    answer(
      response,
      200,
      page(own, queryOf(request), address, (one) => renderRequest(state, one)),
    )
  })
  router.get('/requests/:id', (request, response) => {
    const found = state.requests.get(request.params.id)
    if (found === undefined) throw missing('Request')
    const user = asker(state, request)
    if (found.owner !== user.id && !user.isStaff) throw forbidden()
    if (found.pollsLeft > 0) {
      found.pollsLeft -= 1
      if (found.pollsLeft === 0) setImmediate(found.work)
    }
    answer(response, 200, renderRequest(state, found))
  })
}

/** Files and folders directly below a folder, by name. */
function share(state: FakeState, folder: string, search: string) {
  const above = folder === '' ? '' : `${folder}/`
  const found = new Map<string, { name: string; type: string; mime_type: string }>()
  for (const path of state.share.keys()) {
    if (!path.startsWith(above)) continue
    const [name = '', ...deeper] = path.slice(above.length).split('/')
    if (!name.startsWith(search)) continue
    const isFile = deeper.length === 0
    found.set(name, {
      name,
      type: isFile ? 'REG' : 'DIR',
      mime_type: isFile ? 'image' : 'DIR',
    })
  }
  if (found.size === 0 && folder !== '' && search === '') throw missing('directory')
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
