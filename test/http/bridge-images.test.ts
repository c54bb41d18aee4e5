/** Images that the sidecar asks for, over its real interface and its events. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { picture } from '../fakes/tool.ts'
import { openRig, type Rig, until } from '../support/bridge.ts'
import { sha256 } from '../support/png.ts'

const id = 'nuclei-2026'
let rig: Rig
beforeEach(async () => {
  rig = await openRig()
})
afterEach(() => rig.close())

const addTasks = (count: number) => Array.from({ length: count }, () => rig.tool.addTask())
const calls = (what: string) => rig.tool.calls.filter((call) => call.startsWith(what))
const want = (keys: readonly string[]) => rig.store.wantImages(id, keys, rig.http.now)
const problems = async () => (await rig.store.problems(id)).map(({ key }) => key)
const isHere = async (bytes: Uint8Array) => (await rig.store.images([sha256(bytes)])).length === 1

describe('images', () => {
  it('are sent when they are wanted, four at a time, none twice', async () => {
    const { tool, store } = rig
    const keys = addTasks(9)
    const twin = tool.addTask(picture(1))
    let running = 0
    let most = 0
    const { image } = tool
    tool.image = async (key, signal) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 3))
      running--
      return image.call(tool, key, signal)
    }
    const bridge = await rig.bridge()
    await bridge.poll()
    expect(bridge.status().hasEvents).toBe(true)
    expect(calls('image')).toEqual([])
    await want([...keys, twin])
    await until(async () => (await store.project(id))?.counts.images === 10)
    await bridge.idle()
    expect(most).toBe(4)
    expect(await store.imageUse()).toMatchObject({ count: 9 })
    const [first = ''] = keys
    expect(await store.task(id, first)).toMatchObject({ imageDigest: sha256(picture(1)), width: 8 })
    expect(bridge.status()).toMatchObject({ imagesWaiting: 0 })
    // Wanted again although they are there: not even read from the tool.
    const before = calls('image').length
    await want(keys)
    await bridge.poll()
    await bridge.idle()
    expect(calls('image')).toHaveLength(before)
    // Thrown out of the cache and wanted again.
    await store.forgetImage(sha256(picture(1)))
    await want([first])
    await until(() => isHere(picture(1)))
  })

  it('that are broken or gone are reported once and not asked for again and again', async () => {
    const { tool, store, http } = rig
    const [fine = '', gone = '', odd = ''] = addTasks(3)
    tool.change(gone, { image: undefined })
    tool.change(odd, { image: Buffer.from('this is no image') })
    const bridge = await rig.bridge()
    await bridge.poll()
    for (let times = 0; times < 3; times++) {
      await want([fine, gone, odd])
      await until(() => isHere(picture(1)))
      await until(() => bridge.status().imagesWaiting === 0)
      await bridge.poll()
    }
    expect([calls(`image ${gone}`).length, calls(`image ${odd}`).length]).toEqual([1, 1])
    const found = await store.problems(id)
    expect(found.map(({ key }) => key)).toEqual([`tool.image.${gone}`, `tool.image.${odd}`])
    expect(found[0]).toMatchObject({ url: `http://tool.test/tasks/${gone}` })
    // Somebody puts the image back; an hour later it is asked for again.
    tool.change(gone, { image: picture(2) })
    http.now += 3_600_001
    await want([gone])
    await until(() => isHere(picture(2)))
    await bridge.idle()
    await bridge.poll()
    expect(await problems()).toEqual([`tool.image.${odd}`])
  })

  it('that fail for a reason that passes are sent later, by themselves', async () => {
    const { tool, http } = rig
    const [key = ''] = addTasks(1)
    const bridge = await rig.bridge()
    await bridge.poll()
    let isDown = true
    tool.fault = (method) => {
      if (isDown && method.startsWith('image')) throw new Problem('tool-failed', 'It is down.')
    }
    await want([key])
    await until(() => calls('image').length === 1)
    await bridge.idle()
    for (let times = 0; times < 3; times++) {
      http.now += 120_000
      await bridge.poll()
      await bridge.idle()
    }
    await bridge.poll()
    expect(await problems()).toEqual([`tool.image.${key}`])
    isDown = false
    http.now += 3_600_000
    await bridge.poll()
    await bridge.idle()
    expect(await isHere(picture(1))).toBe(true)
    await bridge.poll()
    expect(await problems()).toEqual([])
  })

  it('are asked for again when the plugin stopped before they were sent', async () => {
    const { tool } = rig
    const keys = addTasks(3)
    const first = await rig.bridge()
    await first.poll()
    let isDown = true
    tool.fault = (method) => {
      if (isDown && method.startsWith('image')) throw new Problem('tool-failed', 'It is down.')
    }
    await want(keys)
    await until(() => calls('image').length > 0)
    await first.poll()
    await first.stop()
    isDown = false
    const second = await rig.bridge()
    await second.poll()
    await until(() => isHere(picture(3)))
    await second.idle()
    expect(await rig.store.imageUse()).toMatchObject({ count: 3 })
  })

  it('are looked at again when a task gets another name', async () => {
    const [key = ''] = addTasks(1)
    const bridge = await rig.bridge()
    await bridge.poll()
    await want([key])
    await until(() => isHere(picture(1)))
    await bridge.idle()
    rig.tool.change(key, { name: 'other.png', image: picture(7) })
    await bridge.poll()
    await bridge.idle()
    const digest = sha256(picture(7))
    expect(await rig.store.task(id, key)).toMatchObject({ name: 'other.png', imageDigest: digest })
  })
})
