/** Masks and maps of some images as blobs that are served as they are. */
import { type Mask, runsOf } from '@suggestive/shared/mask'
import { toMaskValues } from '../domain/class-values.ts'
import { pack } from '../domain/packed-mask.ts'
import { encodeMap, encodeMask } from '../images.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { MapRecord } from '../ports/store.ts'
import type { LeftOut, MapsWork } from '../ports/workshop.ts'
import type { Prediction } from '../ports.ts'
import { eachPicture } from './picture-source.ts'
import type { Predicting } from './score.ts'

export async function maps(
  { engine, blobs, models, turns }: Predicting,
  { modelDigest, round, images, urgent }: MapsWork,
  signal: AbortSignal,
): Promise<{ readonly maps: readonly MapRecord[]; readonly leftOut: readonly LeftOut[] }> {
  const model = await models.get(modelDigest)
  const { classValues } = model.header
  const made: MapRecord[] = []
  const leftOut = await eachPicture(blobs, images, signal, async ({ digest }, picture) => {
    const prediction = await turns.run(urgent, () => engine.predict(model, picture, signal))
    const { width, height, uncertainty, foreground } = prediction
    const stored = await storeMaps(blobs, prediction, classValues)
    const of = { imageDigest: digest, modelDigest, round }
    made.push({ ...of, width, height, uncertainty, foreground, ...stored })
  })
  return { maps: made, leftOut }
}

async function storeMaps(
  blobs: Blobs,
  { width, height, mask, probability, variance }: Prediction,
  classValues: readonly number[],
): Promise<Pick<MapRecord, 'mask' | 'maskPng' | 'probability' | 'variance'>> {
  const put = async (bytes: Uint8Array) => (await blobs.put('map', bytes)).digest
  const data = toMaskValues(mask, classValues)
  const ofClasses: MapRecord['probability'][number][] = []
  for (const [index, map] of probability.entries()) {
    const blob = await put(await encodeMap(width, height, map))
    const score = meanInside(map, mask, index + 1)
    ofClasses.push({ classId: classValues[index + 1] ?? 0, blob, score })
  }
  return {
    mask: await put(pack(runsOf({ width, height, data }))),
    maskPng: await put(await encodeMask(width, height, data)),
    probability: ofClasses,
    variance: await put(await encodeMap(width, height, variance)),
  }
}

/** Mean of a probability map, 65535 = 1, over the pixels of class `index`; null when there are none. */
function meanInside(map: Uint16Array, { data }: Mask, index: number): number | null {
  let [sum, count] = [0, 0]
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== index) continue
    sum += map[i] ?? 0
    count++
  }
  return count === 0 ? null : sum / count / 65535
}
