/** Calls about tasks and the server's share (contract sections 1, 4 and 6). */
import { Problem } from '@suggestive/shared/problem'
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

/** CVAT's limit. */
const longestBugTracker = 2000

/** Folders of the share that are looked into at most: links may lead round in circles. */
const mostFolders = 10_000

/** A meta answer of a task with 100,000 frames has 20 MB. */
const mostMetaBytes = 512_000_000

export function taskCalls({ json, all, done, deleted }: Caller) {
  return {
    tasks: (project: number, signal: AbortSignal): Promise<readonly wire.Task[]> =>
      all(
        {
          method: 'GET',
          path: 'tasks',
          query: { project_id: project, sort: 'id' },
          what: `tasks of project ${project}`,
        },
        wire.task,
        signal,
      ),

    task: (id: number, signal: AbortSignal): Promise<wire.Task> =>
      json({ method: 'GET', path: `tasks/${id}`, what: `task ${id}` }, wire.task, signal),

    taskMeta: (task: number, signal: AbortSignal): Promise<wire.DataMeta> =>
      json(
        {
          method: 'GET',
          path: `tasks/${task}/data/meta`,
          what: `frames of task ${task}`,
          mostBytes: mostMetaBytes,
        },
        wire.dataMeta,
        signal,
      ),

    async setBugTracker(task: number, url: string, signal: AbortSignal): Promise<void> {
      if (url.length > longestBugTracker) {
        throw new Problem(
          'wrong-use',
          `The link for task ${task} has ${url.length} characters, but CVAT keeps ${longestBugTracker}: use a shorter address.`,
        )
      }
      const call = {
        method: 'PATCH',
        path: `tasks/${task}`,
        body: { bug_tracker: url },
        isRepeatable: true,
        what: `task ${task}`,
      } as const
      await done(call, signal)
    },

    deleteTask: (id: number, signal: AbortSignal): Promise<void> =>
      deleted(`tasks/${id}`, `task ${id}`, signal),

    async shareFiles(folder: string, signal: AbortSignal): Promise<readonly string[]> {
      const files: string[] = []
      const folders = [folder.replace(/^\/+|\/+$/g, '')]
      let looked = 0
      for (let path = folders.shift(); path !== undefined; path = folders.shift()) {
        if (++looked > mostFolders) {
          throw new Problem(
            'too-large',
            `The share has more than ${mostFolders} folders below "${folder}": name a smaller folder.`,
          )
        }
        const what = `the folder "${path}" of the share`
        const query = { directory: `/${path}` }
        const call = { method: 'GET', path: 'server/share', query, what } as const
        const entries = await json(call, wire.shareEntries, signal)
        for (const { name, type } of entries) {
          const inner = path === '' ? name : `${path}/${name}`
          if (type === 'DIR') folders.push(inner)
          else if (type === 'REG') files.push(inner)
        }
      }
      return files
    },
  }
}
