/** What the sidecar suggests for one task of the product. */
import { Problem } from '@suggestive/shared/problem'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import type { Suggestion } from '../codec/shapes.ts'

/** For a map that is not stored yet. */
const waitSeconds = 20

/**
 * @param project its name in the sidecar; undefined before it has one
 * @returns undefined before the first model, for an image that is not there yet, and for one that cannot be read
 */
export async function storedSuggestion(
  sidecar: Pick<SidecarClient, 'suggestion'>,
  project: string | undefined,
  taskKey: string,
  signal: AbortSignal,
): Promise<Suggestion | undefined> {
  if (project === undefined) return undefined
  try {
    const { mask, scores } = await sidecar.suggestion(project, taskKey, waitSeconds, signal)
    return { mask, scores: new Map(scores.map(({ classId, score }) => [classId, score])) }
  } catch (error) {
    if (error instanceof Problem && absent.has(error.kind)) return undefined
    throw error
  }
}

const absent: ReadonlySet<string> = new Set(['not-ready', 'not-found', 'unreadable-input'])
