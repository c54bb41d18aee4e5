/** Masks of Label Studio's regions by other programs than ours. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Mask, maskOf } from '@suggestive/shared/mask'
import { countPixels, intersectionOverUnion } from '@suggestive/sidecar/domain/metrics'
import { z } from 'zod'

const script = fileURLToPath(new URL('label-studio-decode.py', import.meta.url))

/**
 * Run lengths of each result, background first: brushes by Label Studio's own converter, polygons by Pillow.
 *
 * @param python of the virtual environment that Label Studio is installed in
 */
export async function decodedBy(python: string, results: readonly object[]): Promise<number[][]> {
  const running = promisify(execFile)(python, [script], { maxBuffer: 1e8 })
  running.child.stdin?.end(JSON.stringify(results))
  return z.array(z.array(z.number())).parse(JSON.parse((await running).stdout))
}

/** Intersection over union with a mask of one class; 1 for two empty masks. */
export function agreement(mask: Mask, runs: readonly number[]): number {
  const { width, height } = mask
  const layers = runs.length > 1 ? [{ classId: 1, runs: [...runs] }] : []
  const [, counts] = countPixels(mask, maskOf({ width, height, layers }), 2)
  return counts === undefined ? 0 : intersectionOverUnion(counts)
}
