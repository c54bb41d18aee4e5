/** The agent of a connected project. */
import type { Clock, Log, Timers } from '@suggestive/shared/bridge/deps'
import { changeProject } from '@suggestive/shared/settings-file'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import { type Agent, createAgent } from '../agent.ts'
import type { Client } from '../client.ts'
import type { Classes } from '../codec/classes.ts'
import type { Connected, CvatSettings } from '../settings.ts'
import type { CvatTool } from '../tool.ts'
import type { FunctionMemory } from './registration.ts'
import { storedSuggestion } from './stored-suggestion.ts'

export interface AgentSurroundings {
  readonly file: CvatSettings
  readonly client: Pick<Client, 'agents'>
  readonly tool: Pick<CvatTool, 'pool'>
  readonly sidecar: Pick<SidecarClient, 'suggestion'>
  /** Name of the project in the sidecar. */
  sidecarProject(): string | undefined
  classes(signal: AbortSignal): Promise<Classes>
  readonly report: (sentence: string | undefined) => void
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
}

/** @param project its id in CVAT */
export function projectAgent(
  project: number,
  own: Pick<Connected, 'agent' | 'shape'>,
  { file, client, tool, sidecar, sidecarProject, ...rest }: AgentSurroundings,
): Agent {
  return createAgent({
    ...rest,
    isOn: own.agent,
    shape: own.shape,
    calls: client.agents,
    memory: functionMemory(file, project),
    project: sidecarProject,
    pool: (signal) => tool.pool(signal),
    suggestion: (taskKey, signal) => storedSuggestion(sidecar, sidecarProject(), taskKey, signal),
  })
}

function functionMemory(file: CvatSettings, project: number): FunctionMemory {
  return {
    read: () => file.read().projects[project]?.agentFunction,
    write: (value) =>
      changeProject(file, project, ({ agentFunction: _, ...own }) =>
        value === undefined ? own : { ...own, agentFunction: value },
      ),
  }
}
