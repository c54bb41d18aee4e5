/** Members of one round to the file of its ensemble. */
import { joinMembers } from '../domain/join-members.ts'
import { writeModel } from '../domain/model-file.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { JoinedModel } from '../ports/workshop.ts'
import { readStored } from './models.ts'

export async function join(blobs: Blobs, members: readonly string[]): Promise<JoinedModel> {
  const models = []
  for (const digest of members) models.push(await readStored(blobs, 'member', digest))
  const model = joinMembers(models)
  const { digest, bytes } = await blobs.put('model', writeModel(model))
  const dices = model.header.members.flatMap(({ heldOutDice }) => heldOutDice ?? [])
  const { engine, warnings } = model.header
  const isHeldOut = dices.length === model.header.members.length
  const heldOutDice = isHeldOut ? dices.reduce((a, b) => a + b, 0) / dices.length : null
  return { digest, bytes, heldOutDice, engine, warnings }
}
