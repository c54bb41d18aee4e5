/** "Start training" in Label Studio: a round begins, whatever number of labels is new. */
import type { Log } from '@suggestive/shared/bridge/deps'
import { Problem } from '@suggestive/shared/problem'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import { z } from 'zod'
import type { Connection } from './connection.ts'

/** Of the body of a delivery; everything else says nothing about training. */
const wish = z.looseObject({
  action: z.literal('START_TRAINING'),
  project: z.looseObject({ id: z.int() }),
})

/** @returns the project whose training somebody asks for; undefined for every other body */
export function trainingIn(body: Uint8Array): number | undefined {
  try {
    const text = new TextDecoder().decode(body)
    return wish.safeParse(JSON.parse(text)).data?.project.id
  } catch {
    return undefined
  }
}

/** Never throws: Label Studio shows its user no answer, so what stands in the way is logged. */
export async function startTraining(
  { project, bridge, sidecarProject }: Pick<Connection, 'project' | 'bridge' | 'sidecarProject'>,
  sidecar: Pick<SidecarClient, 'startRound'>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  try {
    // What was submitted a moment ago counts.
    await bridge.poll()
    const id = sidecarProject()
    if (id === undefined) throw new Problem('not-ready', 'The project is still being connected.')
    const { number } = await sidecar.startRound(id, signal)
    log.info({ project, round: number }, 'somebody has started a training in Label Studio')
  } catch (error) {
    if (signal.aborted) return
    const why = error instanceof Error ? error.message : String(error)
    log.warn({ project, why }, 'a training that was asked for in Label Studio does not begin')
  }
}
