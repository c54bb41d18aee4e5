/** Members that were trained one by one, as the ensemble that they are. */
import { Problem } from '@suggestive/shared/problem'
import type { MemberRecord, Model, ModelHeader } from './model.ts'
import { toModel } from './model-file.ts'

/**
 * The model of a training from its members, in any order: each is a model whose header records one member and whose
 * tensors are named `member<m>.*`.
 *
 * @throws Problem `wrong-use` unless every member of one training is there once
 */
export function joinMembers(models: readonly Model[]): Model {
  const [first] = models
  if (first === undefined) throw mismatch('there are none')
  const expected = trainingOf(first.header)
  const inOrder: { readonly record: MemberRecord; readonly model: Model }[] = []
  for (const model of models) {
    if (trainingOf(model.header) !== expected) throw mismatch('they come from different trainings')
    const member = memberOf(model)
    const [record] = model.header.members
    if (record === undefined || model.header.members.length !== 1) {
      throw mismatch('one of them is no single member')
    }
    if (inOrder[member] !== undefined) throw mismatch(`member ${member} is there twice`)
    inOrder[member] = { record, model }
  }
  const { members } = first.header.settings
  for (let member = 0; member < Math.max(members, inOrder.length); member++) {
    if (inOrder[member] === undefined) throw mismatch(`member ${member} of ${members} is missing`)
  }
  return toModel(
    { ...first.header, members: inOrder.map(({ record }) => record) },
    inOrder.flatMap(({ model }) => model.tensors),
  )
}

/** Everything that the members of one training have in common. */
function trainingOf({ members: _, ...common }: ModelHeader): string {
  return JSON.stringify(common)
}

function memberOf({ tensors }: Model): number {
  const numbers = new Set(tensors.map(({ name }) => /^member(\d+)\./.exec(name)?.[1]))
  const [number] = numbers
  if (numbers.size !== 1 || number === undefined) {
    throw mismatch('the tensors of one of them are not those of one member')
  }
  return Number(number)
}

function mismatch(what: string): Problem {
  return new Problem(
    'wrong-use',
    `These members cannot be joined to an ensemble, because ${what}: train all members of one round.`,
  )
}
