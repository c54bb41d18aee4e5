/** Changes of what the plugin remembers about its publications. */

import type { Project } from './client/wire.ts'
import { isOurs } from './publication/version.ts'
import { type Memory, mostRemembered, type Published } from './state.ts'

export const uncertaintySampling = 'Uncertainty sampling'

/** With the project as it was before the first publication; later ones change nothing. */
export function rememberBefore(memory: Memory, project: Project): Memory {
  if (memory.before !== undefined) return memory
  const version = project.model_version ?? ''
  const wasOurs = isOurs(version)
  return {
    ...memory,
    before: {
      // Ours without a memory of it: the file was lost, and so is what was there before.
      sampling: wasOurs ? 'Sequential sampling' : project.sampling,
      modelVersion: wasOurs ? '' : version,
      showPredictions: project.show_collab_predictions,
    },
  }
}

/** As the latest one. */
export function rememberPublished(memory: Memory, one: Published): Memory {
  const others = memory.published.filter(({ modelVersion }) => modelVersion !== one.modelVersion)
  return { ...memory, published: [...others, one].slice(-mostRemembered) }
}

/** The version that serves, by what was published completely last. */
export function servingOf({ published }: Memory): Published | undefined {
  return published.findLast(({ isComplete }) => isComplete)
}

/** The version before that one. */
export function previousOf({ published }: Memory): Published | undefined {
  return published.filter(({ isComplete }) => isComplete).at(-2)
}
