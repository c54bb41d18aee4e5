/** Pre-labels on request: what the sidecar has stored, nothing that somebody would have to wait for. */

import type { Log } from '@suggestive/shared/bridge/deps'
import { sideBySide } from '@suggestive/shared/bridge/side-by-side'
import { Problem } from '@suggestive/shared/problem'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import type { Configuration } from '../codec/configuration.ts'
import { prelabelFrom } from '../codec/prelabel.ts'
import type { Connection } from '../connection.ts'
import type { BackendPrediction } from './wire.ts'

/** Behind everything that was published, whose scores are ranks below 1. */
const lastScore = 1
const atOnce = 4

/** Version of pre-labels of a model that no published order belongs to. */
const liveVersion = (modelDigest: string): string => `sa-live-${modelDigest.slice(0, 8)}`
export const isLiveVersion = (version: string): boolean => /^sa-live-[0-9a-f]{8}$/.test(version)

/** What connecting Label Studio reads as the backend's version while nothing is published. */
export const idleVersion = 'sa-none'

export type Entry = BackendPrediction | readonly []

/**
 * One entry for each task, in their order; `[]` where there is nothing yet. Never throws: what fails is logged, and Label
 * Studio shows the task without a pre-label.
 *
 * @param deadline aborts when Label Studio would not wait any longer
 */
export async function predictions(
  connection: Connection,
  sidecar: Pick<SidecarClient, 'suggestion'>,
  tasks: readonly number[],
  log: Log,
  deadline: AbortSignal,
): Promise<readonly Entry[]> {
  const entries: Entry[] = tasks.map(() => [])
  const project = connection.sidecarProject()
  if (project === undefined) return entries
  try {
    const configuration = await connection.configuration(deadline)
    const serving = await connection.serving()
    await sideBySide([...tasks.entries()], atOnce, async ([index, task]) => {
      if (deadline.aborted) return
      try {
        const key = String(task)
        const found = await sidecar.suggestion(project, key, 0, deadline)
        const isServed = serving?.modelDigest === found.modelDigest
        const version = isServed ? serving.modelVersion : liveVersion(found.modelDigest)
        entries[index] = entryOf(found, configuration, version, key)
      } catch (error) {
        if (!isUsual(error)) log.warn({ project, task, error: String(error) }, 'no pre-label')
      }
    })
  } catch (error) {
    log.warn({ project, error: String(error) }, 'there are no pre-labels')
  }
  return entries
}

function entryOf(
  found: Awaited<ReturnType<SidecarClient['suggestion']>>,
  configuration: Configuration,
  version: string,
  key: string,
): BackendPrediction {
  const { result } = prelabelFrom(found.mask, configuration, {
    shape: 'auto',
    isGraded: false,
    probabilities: new Map(),
    scores: new Map(found.scores.map(({ classId, score }) => [classId, score])),
    lines: [],
    idPrefix: `${version}-${key}`,
  })
  return { model_version: version, score: lastScore, result }
}

/** A map that is not made yet is no fault. */
function isUsual(error: unknown): boolean {
  return error instanceof Problem && ['not-ready', 'not-found', 'cancelled'].includes(error.kind)
}
