/** Calls about the server, projects and their views. */
import { z } from 'zod'
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

export interface ProjectChange {
  readonly sampling?: string
  readonly model_version?: string
  readonly show_collab_predictions?: boolean
}

export function projectCalls({ raw, read, json, deleted }: Caller) {
  return {
    /** Of the server, e.g. `1.23.2`. */
    async version(signal: AbortSignal): Promise<string> {
      const call = { method: 'GET', path: 'api/version', what: 'the version' } as const
      return (await json(call, wire.version, signal)).release
    },

    tokenSettings: (signal: AbortSignal) =>
      json(
        { method: 'GET', path: 'api/jwt/settings', what: 'the token settings' },
        wire.tokenSettings,
        signal,
      ),

    async *projects(signal: AbortSignal): AsyncIterable<readonly wire.Project[]> {
      for (let page = 1; ; page++) {
        const query = { page, page_size: 100 }
        const call = { method: 'GET', path: 'api/projects', query, what: 'the projects' } as const
        const { count, results } = await json(call, wire.projectList, signal)
        yield results
        if (results.length === 0 || page * 100 >= count) return
      }
    },

    project: (id: number, signal: AbortSignal) =>
      json(
        { method: 'GET', path: `api/projects/${id}`, what: `project ${id}` },
        wire.project,
        signal,
      ),

    /** A model version is refused while no prediction has it. */
    changeProject: (id: number, change: ProjectChange, signal: AbortSignal) =>
      json(
        {
          method: 'PATCH',
          path: `api/projects/${id}`,
          body: change,
          isRepeatable: true,
          what: `settings of project ${id}`,
        },
        wire.project,
        signal,
      ),

    /** False when no prediction and no backend has such a version. */
    async hasTakenVersion(id: number, version: string, signal: AbortSignal): Promise<boolean> {
      const what = `settings of project ${id}`
      const body = { model_version: version }
      const path = `api/projects/${id}`
      const call = { method: 'PATCH', path, body, isRepeatable: true, what } as const
      const reply = await raw(call, signal)
      if (reply.status === 400) return false
      read(reply, wire.project, what)
      return true
    },

    views: (project: number, signal: AbortSignal) =>
      json(
        { method: 'GET', path: 'api/dm/views', query: { project }, what: 'views' },
        z.array(wire.view),
        signal,
      ),

    addView: (project: number, data: object, signal: AbortSignal) =>
      json(
        { method: 'POST', path: 'api/dm/views/', body: { project, data }, what: 'a view' },
        wire.view,
        signal,
      ),

    deleteView: (id: number, signal: AbortSignal) =>
      deleted(`api/dm/views/${id}/`, `view ${id}`, signal),
  }
}
