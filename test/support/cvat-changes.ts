/** What a tool over the fake CVAT tells about labels. */
import type { CvatTool } from '@suggestive/plugin-cvat/tool'
import type { TaskLabels } from '@suggestive/shared/tool'
import { never } from './cvat.ts'

/** All pages from a cursor on. */
export async function readChanges(tool: CvatTool, cursor?: string) {
  const tasks = new Map<string, TaskLabels>()
  let next = cursor
  let pages = 0
  for await (const page of tool.changes(cursor, never)) {
    for (const task of page.tasks) tasks.set(task.taskKey, task)
    next = page.cursor
    pages++
  }
  return { tasks, cursor: next, pages }
}

/** Outcomes of the labels by task. */
export const told = ({ tasks }: Pick<Awaited<ReturnType<typeof readChanges>>, 'tasks'>) =>
  Object.fromEntries([...tasks].map(([key, { labels }]) => [key, labels.map((one) => one.outcome)]))
