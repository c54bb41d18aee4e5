import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { z } from 'zod'
import { openPluginRig, type PluginRig } from '../support/labelstudio-plugin.ts'
import { referenceDecode } from '../support/rle-reference.ts'

let rig: PluginRig
beforeEach(async () => {
  rig = await openPluginRig()
})
afterEach(() => rig.close())

it('shows probabilities as opacity if somebody wishes so', async () => {
  await rig.connected({ graded: true })
  const [, , third = ''] = rig.taskKeys
  await rig.publish(third)
  await rig.until('the receipt', async () => (await rig.status()).projects[0].applied === 1)
  const [shown] = rig.tool.state.predictionsOf(Number(third))
  const region = z.looseObject({ value: z.looseObject({ rle: z.array(z.number()) }) })
  const alpha = referenceDecode(region.parse(shown?.result[0]).value.rle)
  // 0.25 around the object, 0.75 inside, in 15 steps.
  expect(new Set(alpha)).toEqual(new Set([68, 187]))
})
