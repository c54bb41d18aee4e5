/** Who gets jobs: those that were named, those of before, or whoever holds jobs already. */
import { broken, type Check, note, ok } from '@suggestive/shared/connect/check'
import type { Membership } from '../client/wire.ts'
import type { Client } from '../client.ts'
import type { Connected, Person } from '../settings.ts'
import type { JobsFound } from './find-jobs.ts'

export interface AnnotatorsFound {
  readonly annotators: readonly Person[]
  readonly check: Check
}

export interface AnnotatorsAsked {
  /** User names. */
  readonly named: readonly string[] | undefined
  readonly before: readonly Person[]
  readonly mode: Connected['mode']
  readonly holders: JobsFound['holders']
  /** Of the organisation; empty without one. */
  readonly members: readonly Membership[]
}

const name = 'annotators'
const namesOf = (people: readonly Person[]) => people.map(({ username }) => username).join(', ')

export async function findAnnotators(
  client: Pick<Client, 'users'>,
  { named, before, mode, holders, members }: AnnotatorsAsked,
  signal: AbortSignal,
): Promise<AnnotatorsFound> {
  if (named === undefined || named.length === 0) {
    if (before.length > 0) return { annotators: before, check: ok(name, `${namesOf(before)}.`) }
    if (holders.length > 0) {
      const finding = `${namesOf(holders)}, who hold jobs already. Others: --annotators NAME,NAME.`
      return { annotators: holders.map(personOf), check: ok(name, finding) }
    }
    const who =
      'Nobody holds a job yet: name the users who annotate, --annotators NAME,NAME or the field of that name in the form.'
    return {
      annotators: [],
      check:
        mode === 'touch'
          ? note(name, `${who} Without them nobody has a personal link; the sorted list works.`)
          : broken(name, who),
    }
  }
  const wanted = [...new Set(named)]
  const found = await client.users(wanted, signal)
  const annotators = wanted.flatMap((one) => {
    const user = found.find(({ username }) => username === one)
    return user === undefined ? [] : [personOf(user)]
  })
  const unknown = wanted.filter((one) => !annotators.some(({ username }) => username === one))
  if (unknown.length > 0) {
    const finding = `CVAT has no user ${unknown.join(', ')}: correct the names, or let them sign up first.`
    return { annotators, check: broken(name, finding) }
  }
  const strangers = annotators.filter(
    ({ id }) => members.length > 0 && !members.some(({ user }) => user?.id === id),
  )
  if (strangers.length > 0) {
    const finding = `${namesOf(strangers)}: not in the organisation, so their jobs stay hidden from them. Invite them in CVAT.`
    return { annotators, check: broken(name, finding) }
  }
  return { annotators, check: ok(name, `${namesOf(annotators)}.`) }
}

const personOf = ({ id, username }: Person): Person => ({ id, username })
