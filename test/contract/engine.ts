/** What every implementation of the `Engine` port must do; called with each. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { joinMembers } from '@suggestive/sidecar/domain/join-members'
import type { Model } from '@suggestive/sidecar/domain/model'
import { writeModel } from '@suggestive/sidecar/domain/model-file'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import type { Picture } from '@suggestive/sidecar/domain/raster'
import { profiles, type Settings } from '@suggestive/sidecar/domain/settings'
import type { Engine, LabelledSource, TrainEvent, TrainRequest } from '@suggestive/sidecar/ports'

jest.setTimeout(120_000)

export const tiny: Settings = {
  ...profiles.quick,
  width: 1 / 16,
  members: 2,
  iterations: 20,
  crop: 32,
  batch: 2,
  scale: 1,
}

const never = new AbortController().signal
const quiet = () => {}

export function phantomSources(count: number, size = 64): LabelledSource[] {
  return Array.from({ length: count }, (_, index) => {
    const { picture, mask, name } = phantom({ seed: 7, index, size })
    return {
      digest: index.toString(16).padStart(64, '0'),
      name,
      readPicture: async () => picture,
      readMask: async () => mask,
    }
  })
}

const request = (more: Partial<TrainRequest> = {}): TrainRequest => ({
  images: phantomSources(8),
  settings: tiny,
  classValues: [0, 255],
  seed: 1,
  round: 1,
  ...more,
})

export function engineContract(name: string, create: () => Promise<Engine>) {
  describe(`${name} as an Engine`, () => {
    let engine: Engine
    const scratch = mkdtempSync(join(tmpdir(), 'engine-contract-'))
    beforeAll(async () => {
      engine = await create()
    })
    afterAll(async () => {
      await engine.close()
      rmSync(scratch, { recursive: true })
    })

    it('names itself', async () => {
      expect(await engine.info()).toMatchObject({
        engine: expect.any(String),
        version: expect.any(String),
        device: expect.any(String),
        threads: expect.any(Number),
      })
    })

    it('trains all members, tells its progress, and records how the model came about', async () => {
      const events: TrainEvent[] = []
      const model = await engine.train(request(), (event) => events.push(event), never)
      const iterations = events.filter((event) => event.kind === 'iteration')
      expect(new Set(iterations.map((event) => event.member))).toEqual(new Set([0, 1]))
      for (const { iteration, iterations: total, loss, secondsLeft } of iterations) {
        expect(iteration).toBeLessThanOrEqual(total)
        expect(Number.isFinite(loss) && secondsLeft >= 0).toBe(true)
      }
      const { header } = model
      expect(header).toMatchObject({ classValues: [0, 255], channels: 3, seed: 1, round: 1 })
      expect(header.settings).toEqual(tiny)
      expect(header.members).toHaveLength(2)
      const digests = request().images.map((image) => image.digest)
      for (const { sample, heldOutDice } of header.members) {
        expect(heldOutDice).toBeGreaterThanOrEqual(0)
        expect(sample).toHaveLength(digests.length - header.heldOut.length)
        for (const digest of sample) {
          expect(digests).toContain(digest)
          expect(header.heldOut).not.toContain(digest)
        }
      }
      expect(header.members[0]?.sample).not.toEqual(header.members[1]?.sample)
      expect(model.digest).toMatch(/^[0-9a-f]{64}$/)
    })

    it('gives the same model for the same request, in any order of the images, and another for another seed', async () => {
      const first = await engine.train(request(), quiet, never)
      const shuffled = request({ images: request().images.toReversed() })
      const second = await engine.train(shuffled, quiet, never)
      const other = await engine.train(request({ seed: 2 }), quiet, never)
      expect(second.digest).toBe(first.digest)
      expect(other.digest).not.toBe(first.digest)
    })

    it('trains members one by one, in any order, to the very same model', async () => {
      const whole = await engine.train(request(), quiet, never)
      const same = request()
      const members: Model[] = []
      for (const member of [1, 0]) {
        const events: TrainEvent[] = []
        const model = await engine.trainMember(same, member, (event) => events.push(event), never)
        const trained = events.filter((event) => event.kind === 'iteration')
        expect(new Set(trained.map((event) => event.member))).toEqual(new Set([member]))
        expect(model.header.members).toEqual([whole.header.members[member]])
        expect(model.header.settings.members).toBe(2)
        for (const { name } of model.tensors) expect(name).toMatch(`member${member}.`)
        members.push(model)
      }
      const joined = joinMembers(members)
      expect(Buffer.compare(writeModel(joined), writeModel(whole))).toBe(0)
    })

    it('trains others between two members, and refuses a member when it is stopped', async () => {
      const same = request({ round: 2 })
      const first = await engine.trainMember(same, 0, quiet, never)
      const model = await engine.train(request(), quiet, never)
      const second = await engine.trainMember(same, 1, quiet, never)
      const whole = await engine.train(request({ round: 2 }), quiet, never)
      expect(joinMembers([first, second]).digest).toBe(whole.digest)
      expect(model.digest).not.toBe(whole.digest)
      const stopped = engine.trainMember(same, 0, quiet, AbortSignal.abort())
      await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' })
    })

    it('holds nobody out below five images, and says so', async () => {
      const events: TrainEvent[] = []
      const few = request({ images: phantomSources(3) })
      const { header } = await engine.train(few, (event) => events.push(event), never)
      expect(header.heldOut).toEqual([])
      expect(header.members[0]).not.toHaveProperty('heldOutDice')
      expect(header.warnings.join()).toMatch(/3 labelled images/)
      expect(events.filter((event) => event.kind === 'warning')).not.toEqual([])
    })

    it.each([
      ['a grey picture of 16 px', { width: 16, height: 16, channels: 1 }],
      ['an odd size', { width: 97, height: 45, channels: 3 }],
    ] as const)(
      'predicts at the size of the picture: %s',
      async (_, { width, height, channels }) => {
        const model = await engine.train(request(), quiet, never)
        const data = Uint8Array.from(
          { length: width * height * channels },
          (_, i) => (i * 37) % 251,
        )
        const picture: Picture = { width, height, channels, data }
        const p = await engine.predict(model, picture, never)
        expect([p.width, p.height, p.mask.width, p.mask.height]).toEqual([
          width,
          height,
          width,
          height,
        ])
        expect(p.probability).toHaveLength(1)
        for (const map of [p.probability[0], p.variance, p.mask.data]) {
          expect(map).toHaveLength(width * height)
        }
        expect(
          p.mask.data.every((label, i) => label === ((p.probability[0]?.[i] ?? 0) > 32767 ? 1 : 0)),
        ).toBe(true)
        const mean = p.variance.reduce((sum, v) => sum + v, 0) / p.variance.length
        expect(p.uncertainty).toBeCloseTo((mean / 65535) * 0.25, 4)
        const share = p.mask.data.reduce((sum, label) => sum + (label > 0 ? 1 : 0), 0)
        expect(p.foreground).toBeCloseTo(share / p.mask.data.length, 6)
        expect(Math.hypot(...p.descriptor)).toBeCloseTo(1, 4)
        const again = await engine.predict(model, picture, never)
        expect(again.uncertainty).toBe(p.uncertainty)
        expect(again.descriptor).toEqual(p.descriptor)
      },
    )

    it('stops within a second, and goes on from the checkpoint to the same model', async () => {
      const undisturbed = await engine.train(request({ round: 3 }), quiet, never)
      const checkpoints = join(scratch, 'stopped')
      const stop = new AbortController()
      let stopped = Number.POSITIVE_INFINITY
      const training = engine.train(
        request({ round: 3, checkpoints }),
        (event) => {
          if (event.kind !== 'iteration' || event.member !== 1 || event.iteration !== 10) return
          stopped = performance.now()
          stop.abort()
        },
        stop.signal,
      )
      await expect(training).rejects.toMatchObject({ kind: 'cancelled' })
      expect(performance.now() - stopped).toBeLessThan(2000)
      const resumed = await engine.train(request({ round: 3, checkpoints }), quiet, never)
      expect(resumed.digest).toBe(undisturbed.digest)
      expect(existsSync(checkpoints) ? readdirSync(checkpoints) : []).toEqual([])
    })

    it('refuses to start when it is already stopped', async () => {
      await expect(engine.train(request(), quiet, AbortSignal.abort())).rejects.toMatchObject({
        kind: 'cancelled',
      })
    })
  })
}
