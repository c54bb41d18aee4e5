/** Whether the account may see all jobs of a project and assign them (contract section 6). */
import { broken, type Check, ok } from '@suggestive/shared/connect/check'
import type { Membership, Project, User } from '../client/wire.ts'

const name = 'rights'

export function rightsCheck(
  account: User,
  project: Project,
  members: readonly Membership[],
): Check {
  const why = reasonOf(account, project, members)
  if (why !== undefined) {
    return ok(name, `${account.username} sees all jobs and assigns them, as ${why}.`)
  }
  return broken(
    name,
    `${account.username} sees only jobs that are assigned to this account: make it the owner or assignee of the project, maintainer of its organisation, or a member of the staff.`,
  )
}

function reasonOf(
  { id, is_staff }: User,
  { owner, assignee }: Project,
  members: readonly Membership[],
): string | undefined {
  if (owner?.id === id) return 'owner of the project'
  if (assignee?.id === id) return 'assignee of the project'
  const role = members.find(({ user, is_active }) => user?.id === id && is_active)?.role
  if (role === 'owner' || role === 'maintainer') return `${role} of the organisation`
  return is_staff === true ? 'a member of the staff' : undefined
}

/** New tasks go to the workspace that is named with every call: it has to be the project's. */
export function workspaceCheck(
  { organization }: Project,
  named: string | undefined,
): Check | undefined {
  if (organization !== null && named === undefined) {
    return broken(
      'organisation',
      'The project belongs to an organisation: give its short name, --organization NAME or the field of that name in the form.',
    )
  }
  if (organization === null && named !== undefined) {
    return broken(
      'organisation',
      `The project belongs to no organisation, but ${named} is named or known: empty the field in the form, or say --no-organization.`,
    )
  }
  return undefined
}
