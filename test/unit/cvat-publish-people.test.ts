import { describe, expect, it } from '@jest/globals'
import type { Mode } from '@suggestive/plugin-cvat/state'
import fc from 'fast-check'
import type { FakeJob, FakeUser } from '../fakes/cvat/model.ts'
import {
  type CvatBench,
  drawing,
  never,
  openCvatBench,
  publicationOf,
  strayShape,
} from '../support/cvat.ts'

const frames = 6

type Deed = readonly [
  'publish' | 'next' | 'draw' | 'edit' | 'finish' | 'assign' | 'late' | 'leave' | 'again' | 'stray',
  number,
]

const deeds = fc.array(
  fc.tuple(
    fc.constantFrom<Deed[0]>(
      'publish',
      'next',
      'draw',
      'edit',
      'finish',
      'assign',
      'late',
      'leave',
      'again',
      'stray',
    ),
    fc.nat(719),
  ),
  { minLength: 4, maxLength: 14 },
)

/** One of the orders of all frames. */
function permuted(keys: readonly string[], number: number): string[] {
  const rest = [...keys]
  const order: string[] = []
  for (let left = number, size = rest.length; size > 0; size--) {
    order.push(...rest.splice(left % size, 1))
    left = Math.floor(left / size)
  }
  return order
}

/** Somebody else has drawn in it, whatever its state says. */
const isDrawn = ({ shapes }: FakeJob) => shapes.some(({ source }) => source !== 'auto')

/** What people have made: it may only be changed by themselves. */
function theirs(jobs: readonly FakeJob[], given: ReadonlyMap<number, number | null>) {
  return jobs.map((job) => ({
    id: job.id,
    // The pre-labels of a job that somebody has begun are theirs, too, and so is the job.
    ...(job.state !== 'new' || isDrawn(job) ? { begun: structuredClone(job) } : {}),
    ...(given.has(job.id) ? { given: job.assignee } : {}),
  }))
}

async function live(bench: CvatBench, mode: Mode, all: readonly Deed[]) {
  const { fake, project, anna, ben } = bench
  const task = bench.addTask(frames, { fromShare: true })
  const keys = bench.keys(task)
  const users: readonly FakeUser[] = [anna, ben, fake.admin]
  const person = fake.as(fake.admin)
  const given = new Map<number, number | null>()
  let tool = bench.tool({ mode, roundSize: 3 })
  let revision = 0
  for (const [deed, number] of all) {
    const jobs = fake.jobs(project)
    const job = jobs[number % jobs.length]
    const user = users[number % users.length]
    if (job === undefined || user === undefined) continue
    const before = theirs(jobs, given)
    let isOurs = false
    if (deed === 'publish') {
      isOurs = true
      await tool.applyQueue(publicationOf(++revision, permuted(keys, number), number % 7), never)
      expect(await tool.drift(revision, never)).toBeUndefined()
    } else if (deed === 'next') {
      isOurs = true
      await tool.nextJob({ id: user.id, username: user.username }, never)
    } else if (deed === 'leave') {
      isOurs = true
      await tool.disconnect(never)
    } else if (deed === 'stray' && job.shapes.every(({ id }) => id < 900)) {
      job.shapes.push(strayShape(bench.label, job.start))
      job.updated = fake.state.stamp()
    } else if (deed === 'again') tool = bench.tool({ mode, roundSize: 3 })
    else if (deed === 'late') bench.clock.now += 1_800_000
    else if (deed === 'draw') person.draw(job.id, [drawing(bench.label, job.start)])
    else if (deed === 'edit' && job.shapes.length > 0) person.edit(job.id, job.shapes)
    else if (deed === 'finish') person.finish(job.id)
    else if (deed === 'assign' && job.state === 'new') {
      person.assign(job.id, number % 4 === 0 ? null : user)
      // To give it to whom the plugin has given it already says nothing.
      const ours = bench.memory.held.assignments[job.id]?.to
      if (job.assignee === null || job.assignee === ours) given.delete(job.id)
      else given.set(job.id, job.assignee)
    }
    if (isOurs) {
      const after = new Map(theirs(fake.jobs(project), given).map((one) => [one.id, one]))
      for (const one of before) {
        // Rounds that nobody has begun may go.
        const isGone = !after.has(one.id) && jobs.find(({ id }) => id === one.id)?.task !== task.id
        if (!(isGone && one.begun === undefined))
          expect([deed, after.get(one.id)]).toEqual([deed, one])
      }
    }
  }
  await tool.disconnect(never)
  const open = fake.jobs(project).filter((job) => job.state === 'new' && !isDrawn(job))
  expect(open.flatMap(({ shapes }) => shapes.filter(({ source }) => source === 'auto'))).toEqual([])
  expect(open.filter(({ id, assignee }) => assignee !== null && !given.has(id))).toEqual([])
}

describe.each(['gate', 'touch', 'round'] as const)('in mode %s', (mode) => {
  it('people keep what they have made and were given, whatever they and the plugin do', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, async (all) => {
        const bench = await openCvatBench()
        try {
          await live(bench, mode, all)
        } finally {
          await bench.close()
        }
      }),
      { numRuns: 10 },
    )
  }, 60_000)
})
