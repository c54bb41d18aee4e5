/** The settings in one file that nobody else may read: replaced as a whole, never half-written. */
import { chmod } from 'node:fs/promises'
import { type State, saved } from '@suggestive/shared/bridge/state'
import { openStateFile } from '@suggestive/shared/bridge/state-file'
import { Problem } from '@suggestive/shared/problem'
import { checked } from '@suggestive/shared/schema'
import { type Connected, type Settings, settings } from './settings.ts'
import type { MemoryStore } from './state.ts'

export interface SettingsFile {
  read(): Settings
  /** Durable when it resolves; changes come one after another, each to what the one before has left. */
  change(by: (current: Settings) => Settings): Promise<void>
  /** What was wrong with the file; undefined when nothing was. */
  readonly fault: string | undefined
}

/** @throws Problem `wrong-use` when somebody has written something else into it; `storage-failed` */
export async function openSettings(path: string): Promise<SettingsFile> {
  // Somebody may have copied it.
  await chmod(path, 0o600).catch(() => {})
  const file = await openStateFile(path)
  let current = checked(settings, file.read(), `The file ${path}`)
  let last: Promise<void> = Promise.resolve()
  return {
    fault: file.fault,
    read: () => current,
    change(by) {
      last = last
        .catch(() => {})
        .then(async () => {
          const next = settings.parse(by(current))
          await file.change({ server: next.server, projects: next.projects })
          current = next
        })
      return last
    },
  }
}

/** Of one connected project. @throws Problem `conflict` when it is not connected any more */
export function changeProject(
  file: SettingsFile,
  project: number,
  by: (current: Connected) => Connected,
): Promise<void> {
  return file.change((current) => ({
    ...current,
    projects: { ...current.projects, [project]: by(projectIn(current, project)) },
  }))
}

/** What the bridge remembers. */
export function stateOf(file: SettingsFile, project: number): State {
  return {
    fault: file.fault,
    read: () => projectIn(file.read(), project).bridge,
    change: (fields) =>
      changeProject(file, project, (own) => ({
        ...own,
        bridge: saved.parse(withoutUndefined({ ...own.bridge, ...fields })),
      })),
  }
}

/** What the tool remembers. */
export function memoryOf(file: SettingsFile, project: number): MemoryStore {
  return {
    read: async () => projectIn(file.read(), project).memory,
    write: (memory) => changeProject(file, project, (own) => ({ ...own, memory })),
  }
}

function projectIn({ projects }: Settings, project: number): Connected {
  const found = projects[project]
  if (found !== undefined) return found
  throw new Problem('conflict', `Project ${project} of Label Studio is not connected any more.`)
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
