/** The function of a project in CVAT: made once, found again, replaced when labels change, removed at the end. */
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import type { AgentCalls, AgentFunction, FunctionLabel } from '../client/agents.ts'
import { areSameLabels } from './labels.ts'

/** Without an id it was asked for, and whether it came to be is not known. */
export const registered = z.strictObject({
  id: z.int().nullable(),
  name: z.string().min(1).max(300),
})

export type Registered = z.infer<typeof registered>

export interface FunctionMemory {
  read(): Registered | undefined
  /** Durable when it resolves. */
  write(value: Registered | undefined): Promise<void>
}

export interface WantedFunction {
  readonly name: string
  readonly labels: readonly FunctionLabel[]
}

/** The server has no agents. */
export class Unsupported extends Problem {}

/** What is remembered before anything is changed leads to the same end after a crash. @returns its id @throws Unsupported */
export async function ensureFunction(
  calls: AgentCalls,
  memory: FunctionMemory,
  { name, labels }: WantedFunction,
  signal: AbortSignal,
): Promise<number> {
  const found = await presentFunction(calls, memory.read(), signal)
  if (found !== undefined) {
    const isSame = found.name === name && areSameLabels(found.labels, labels)
    if (memory.read()?.id !== found.id) await memory.write({ id: found.id, name: found.name })
    if (isSame) return found.id
    await calls.removeFunction(found.id, signal)
  }
  await memory.write({ id: null, name })
  const { id } = await made(calls, { name, labels }, signal)
  await memory.write({ id, name })
  return id
}

/** May be repeated after a failure. */
export async function removeFunction(
  calls: AgentCalls,
  memory: FunctionMemory,
  signal: AbortSignal,
): Promise<void> {
  if (memory.read() === undefined) return
  const found = await presentFunction(calls, memory.read(), signal)
  if (found !== undefined) await calls.removeFunction(found.id, signal)
  await memory.write(undefined)
}

/** Undefined as well when somebody else's function has the id: it is left alone. */
async function presentFunction(
  calls: AgentCalls,
  known: Registered | undefined,
  signal: AbortSignal,
): Promise<AgentFunction | undefined> {
  if (known === undefined) return undefined
  const { id, name } = known
  const some = id === null ? await calls.functions(signal) : [await calls.functionWith(id, signal)]
  const own = (some ?? []).filter((one) => one?.name === name && one.isDetector)
  return own.toSorted((a, b) => (b?.id ?? 0) - (a?.id ?? 0))[0]
}

async function made(
  calls: AgentCalls,
  { name, labels }: WantedFunction,
  signal: AbortSignal,
): Promise<AgentFunction> {
  try {
    return await calls.addFunction(name, labels, signal)
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== 'not-found') throw error
    throw new Unsupported(
      'wrong-use',
      'This CVAT has no agents, only CVAT Online and Enterprise have: connect without the agent, and let its AI tools ask the plugin by "nuclio" in the section cvat of suggest.json.',
      { cause: error },
    )
  }
}
