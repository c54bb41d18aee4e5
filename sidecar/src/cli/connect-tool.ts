/** What `suggest connect` and `suggest disconnect` know about one labelling tool. */
import type { ParseArgsConfig } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import type { PluginName } from '../config/schema.ts'
import { connectCvat } from './connect-cvat.ts'
import { connectLabelStudio } from './connect-label-studio.ts'
import type { CommandContext } from './context.ts'
import { type Flags, oneWord } from './flags.ts'
import type { PluginCaller } from './plugin-call.ts'

export interface ConnectTool {
  readonly name: PluginName
  /** Help of `suggest connect` with this tool. */
  readonly help: string
  readonly options: NonNullable<ParseArgsConfig['options']>
  /** Body of the request to the plugin. @throws Problem `wrong-use` */
  wishOf(flags: Flags): Promise<{ readonly project?: number | undefined }>
  /** What `suggest disconnect` puts back and what stays; several lines. */
  readonly putBack: string
  /** Asked before anything is changed, and shown: what connecting will change in the tool. */
  readonly saysChanges: boolean
  /** Waits for what goes on after a project was connected, and tells of it. */
  finish(plugin: PluginCaller, project: number, context: CommandContext): Promise<void>
  /** Why there may be no project to choose from. */
  readonly noProject: string
}

const tools: readonly ConnectTool[] = [connectLabelStudio, connectCvat]

/** @throws Problem `wrong-use` for a word that is no tool */
export function toolNamed(command: string, args: readonly string[]): ConnectTool | undefined {
  const word = oneWord(args)
  const found = tools.find(({ name }) => name === word)
  if (found !== undefined) return found
  if (word === undefined && args.some((one) => one === '--help' || one === '-h')) return undefined
  const names = tools.map(({ name }) => `suggest ${command} ${name}`).join(' or ')
  throw new Problem('wrong-use', `Name the tool: ${names}; see suggest ${command} --help.`)
}
