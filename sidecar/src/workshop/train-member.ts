/** Trains members: the images of a training are checked and prepared once while its members follow each other. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeModel } from '../domain/model-file.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Workshop } from '../ports/workshop.ts'
import type { Engine } from '../ports.ts'
import { fingerprintOf, type PreparedTraining, prepareTraining } from './training.ts'

type Trainer = Pick<Workshop, 'trainMember' | 'forget'>

/** @param checkpoints folder for those of all trainings */
export function createTrainer(engine: Engine, blobs: Blobs, checkpoints: string): Trainer {
  let last: { readonly fingerprint: string; readonly prepared: PreparedTraining } | undefined
  return {
    async trainMember(training, member, on, signal) {
      const fingerprint = fingerprintOf(training)
      const folder = join(checkpoints, training.key, fingerprint.slice(0, 16))
      if (last?.fingerprint !== fingerprint) {
        last = undefined
        const prepared = await prepareTraining(blobs, training, folder, signal)
        if ('missing' in prepared) return prepared
        last = { fingerprint, prepared }
      }
      const { request, leftOut } = last.prepared
      const model = await engine
        .trainMember(request, member, on, signal)
        .catch((error: unknown) => {
          // An image may have vanished since it was looked at: the next attempt looks again.
          last = undefined
          throw error
        })
      const { digest } = await blobs.put('member', writeModel(model))
      // The member is safe, and the next one writes its own checkpoint.
      await empty(folder)
      const { warnings, scale, members } = model.header
      const heldOutDice = members[0]?.heldOutDice ?? null
      return { blob: digest, warnings, heldOutDice, scale, leftOut }
    },
    async forget(key) {
      last = undefined
      await rm(join(checkpoints, key), { recursive: true, force: true })
    },
  }
}

async function empty(folder: string) {
  const files = await readdir(folder).catch(() => [])
  for (const file of files) await rm(join(folder, file), { force: true })
}
