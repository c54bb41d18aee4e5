/** Calls about the server, people, projects and their labels. */
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

/**
 * @param known ids of users that exist; grows
 * @param organization its short name
 */
export function projectCalls(
  { json, pages, all }: Caller,
  known: Set<number>,
  organization: string | undefined,
) {
  return {
    async version(signal: AbortSignal): Promise<string> {
      const call = { method: 'GET', path: 'server/about', what: 'its version' } as const
      return (await json(call, wire.about, signal)).version
    },

    async self(signal: AbortSignal): Promise<wire.User> {
      const call = { method: 'GET', path: 'users/self', what: 'this account' } as const
      const user = await json(call, wire.user, signal)
      known.add(user.id)
      return user
    },

    async users(names: readonly string[], signal: AbortSignal): Promise<readonly wire.User[]> {
      const found: wire.User[] = []
      for (const name of new Set(names)) {
        const query = { search: name }
        const what = `the user "${name}"`
        const call = { method: 'GET', path: 'users', query, what } as const
        const users = await all(call, wire.user, signal)
        found.push(...users.filter(({ username }) => username === name))
      }
      for (const { id } of found) known.add(id)
      return found
    },

    async members(signal: AbortSignal): Promise<readonly wire.Membership[]> {
      // Without one the server would list those of all organisations.
      if (organization === undefined) return []
      const what = 'the members of the organisation'
      const call = { method: 'GET', path: 'memberships', what } as const
      const members = await all(call, wire.membership, signal)
      for (const { user } of members) if (user !== null) known.add(user.id)
      return members
    },

    projects: (signal: AbortSignal): AsyncIterable<readonly wire.Project[]> =>
      pages(
        { method: 'GET', path: 'projects', query: { sort: 'id' }, what: 'projects' },
        wire.project,
        signal,
      ),

    project: (id: number, signal: AbortSignal): Promise<wire.Project> =>
      json({ method: 'GET', path: `projects/${id}`, what: `project ${id}` }, wire.project, signal),

    labels: (project: number, signal: AbortSignal): Promise<readonly wire.LabelDefinition[]> =>
      all(
        {
          method: 'GET',
          path: 'labels',
          query: { project_id: project, sort: 'id' },
          what: `labels of project ${project}`,
        },
        wire.label,
        signal,
      ),
  }
}
