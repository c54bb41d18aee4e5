/** The same blobs on another disk. */
import type { Blobs } from '@suggestive/sidecar/ports/blobs'

export function withSpace(blobs: Blobs, space: Blobs['space']): Blobs {
  return {
    put: (...given) => blobs.put(...given),
    get: (...given) => blobs.get(...given),
    stream: (...given) => blobs.stream(...given),
    facts: (...given) => blobs.facts(...given),
    remove: (...given) => blobs.remove(...given),
    list: (kind) => blobs.list(kind),
    space,
  }
}
