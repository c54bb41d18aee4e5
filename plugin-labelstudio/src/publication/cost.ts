/** What publishing costs the server, measured with Label Studio 1.23 on two shared cores. */

/** Each import costs as much as there are tasks in the project, whatever it brings. */
const bulkMsPerTask = 1
const bulkMsPerMask = 10
const singleMs = 100

/** Beyond so many tasks only the first of the order are published; the server draws the others at random after them. */
export const mostRanked = 20_000

/** At least so many of them, also without pre-labels. */
export const leastRanked = 64

export function bulkMs(projectTasks: number, masks: number): number {
  return bulkMsPerTask * projectTasks + bulkMsPerMask * masks
}

export function isBulkCheaper(projectTasks: number, rows: number, masks: number): boolean {
  return rows > 1 && bulkMs(projectTasks, masks) < singleMs * rows
}
