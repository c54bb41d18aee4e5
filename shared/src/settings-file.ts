/** A plugin's settings in one file that nobody else may read: replaced as a whole, never half-written. */
import { chmod } from 'node:fs/promises'
import type { z } from 'zod'
import { type Saved, type Section, type State, saved } from './bridge/state.ts'
import { openStateFile } from './bridge/state-file.ts'
import { Problem } from './problem.ts'
import { checked } from './schema.ts'

/** What every plugin keeps: the one server that it works with, and its connected projects by the tool's ids. */
export interface Settings<Server, Own> {
  readonly server?: Server | undefined
  readonly projects: Readonly<Record<string, Own>>
  /** Disconnected ones whose memory is needed when they are connected again. */
  readonly former?: Readonly<Record<string, Own>> | undefined
}

export interface SettingsFile<Server, Own> {
  /** The tool's name in sentences. */
  readonly tool: string
  read(): Settings<Server, Own>
  /** Durable when it resolves; changes come one after another, each to what the one before has left. */
  change(by: (current: Settings<Server, Own>) => Settings<Server, Own>): Promise<void>
  /** What was wrong with the file; undefined when nothing was. */
  readonly fault: string | undefined
}

/** @throws Problem `wrong-use` when somebody has written something else into it; `storage-failed` */
export async function openSettingsFile<Server, Own>(
  tool: string,
  path: string,
  schema: z.ZodType<Settings<Server, Own>>,
): Promise<SettingsFile<Server, Own>> {
  // Somebody may have copied it.
  await chmod(path, 0o600).catch(() => {})
  const file = await openStateFile(path)
  let current = checked(schema, file.read(), `The file ${path}`)
  let last: Promise<void> = Promise.resolve()
  return {
    tool,
    fault: file.fault,
    read: () => current,
    change(by) {
      last = last
        .catch(() => {})
        .then(async () => {
          const next = schema.parse(by(current))
          const { server, projects, former } = next
          await file.change({ server, projects, former })
          current = next
        })
      return last
    },
  }
}

/** Of one connected project. @throws Problem `conflict` when it is not connected any more */
export function changeProject<Server, Own>(
  file: SettingsFile<Server, Own>,
  project: number,
  by: (current: Own) => Own,
): Promise<void> {
  return file.change((current) => ({
    ...current,
    projects: { ...current.projects, [project]: by(projectIn(file.tool, current, project)) },
  }))
}

/** It is not connected any more. @param kept what is needed when it is connected again */
export function removeProject<Server, Own>(
  file: SettingsFile<Server, Own>,
  project: number,
  kept?: (own: Own) => Own,
): Promise<void> {
  return file.change(({ projects, ...rest }) => {
    const { [project]: own, ...others } = projects
    if (kept === undefined || own === undefined) return { ...rest, projects: others }
    return { ...rest, projects: others, former: { ...rest.former, [project]: kept(own) } }
  })
}

/** What the bridge remembers. */
export function stateOf<Server, Own extends { bridge: Saved }>(
  file: SettingsFile<Server, Own>,
  project: number,
): State {
  return {
    fault: file.fault,
    read: () => projectIn(file.tool, file.read(), project).bridge,
    change: (fields) =>
      changeProject(file, project, (own) => ({
        ...own,
        bridge: saved.parse(withoutUndefined({ ...own.bridge, ...fields })),
      })),
  }
}

/** What the tool remembers. */
export function memoryOf<Server, Memory, Own extends { memory: Memory }>(
  file: SettingsFile<Server, Own & { memory: Memory }>,
  project: number,
): Section<Memory> {
  return {
    read: async () => projectIn(file.tool, file.read(), project).memory,
    write: (memory) => changeProject(file, project, (own) => ({ ...own, memory })),
  }
}

function projectIn<Server, Own>(
  tool: string,
  { projects }: Settings<Server, Own>,
  project: number,
): Own {
  const found = projects[project]
  if (found !== undefined) return found
  throw new Problem('conflict', `Project ${project} of ${tool} is not connected any more.`)
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
