import { afterEach, describe, expect, it } from '@jest/globals'
import type { Mode } from '@suggestive/plugin-cvat/state'
import { type CvatBench, drawing, never, openCvatBench, publicationOf } from '../support/cvat.ts'
import { listedKeys } from '../support/cvat-lists.ts'

let bench: CvatBench
afterEach(() => bench.close())

/** A published order, and people who have worked since. */
async function atWork(mode: Mode) {
  bench = await openCvatBench()
  const { fake, ben, label } = bench
  const task = bench.addTask(8, { fromShare: true })
  const keys = bench.keys(task)
  const options = { mode, roundSize: 3 } as const
  await bench.tool(options).applyQueue(publicationOf(1, keys, 3), never)
  const person = fake.as(fake.admin)
  const [, second = '', , , fifth = '', sixth = '', seventh = ''] = keys
  person.draw(bench.jobOf(second).id, [drawing(label, 1)])
  person.draw(bench.jobOf(fifth).id, [drawing(label, 4)])
  person.finish(bench.jobOf(fifth).id)
  person.assign(bench.jobOf(sixth).id, ben)
  // A draft without a start, as other programs leave it.
  bench
    .jobOf(seventh)
    .shapes.push(...bench.jobOf(fifth).shapes.map((one) => ({ ...one, id: 9000, frame: 6 })))
  const second2 = publicationOf(2, keys.toReversed(), 6)
  return { keys, options, wanted: second2, people: peopleOf() }
}

/** Every shape that is not ours, and every job that somebody works on or has finished. */
function peopleOf() {
  const jobs = bench.fake.jobs(bench.project)
  return {
    shapes: jobs.flatMap(({ id, shapes }) =>
      shapes.filter(({ source }) => source !== 'auto').map((shape) => ({ job: id, ...shape })),
    ),
    begun: jobs
      .filter(({ state }) => state !== 'new')
      .map(({ id, state, assignee, updated, shapes }) => ({
        id,
        state,
        assignee,
        updated,
        shapes,
      })),
  }
}

/** All that people can see, but for ids of what was made. */
async function visible(options: { readonly mode: Mode; readonly roundSize: number }) {
  const { fake, project } = bench
  const tasks = fake.state.tasksOf(project.id)
  return {
    tasks: tasks.map(({ name, bugTracker }) => ({ name, bugTracker })),
    jobs: tasks.map(({ id, data }) =>
      fake.state.jobsOf(id).map(({ assignee, state, shapes, start, stop }) => ({
        assignee,
        state,
        images: data?.images.slice(start, stop + 1).map(({ name }) => name),
        shapes: shapes.map(({ points, source, frame, label_id }) => ({
          points,
          source,
          frame,
          label_id,
        })),
      })),
    ),
    listed: await listedKeys(bench, bench.tool(options)),
  }
}

/**
 * The request is refused and the process lives on; it dies after a write to CVAT; it dies before it can remember. Between
 * two writes it matters little where it stops: every fourth reading is tried.
 */
type Kind = 'refused' | 'killed after a write' | 'killed before a memory'

async function disturbed(mode: Mode, kind: Kind, number: number) {
  const { options, wanted, people } = await atWork(mode)
  const { fake, memory } = bench
  let count = 0
  let isMet = false
  let isDead = false
  memory.onWrite = () => {
    if (kind === 'killed before a memory' && !isDead && ++count === number) {
      isMet = true
      isDead = true
    }
    if (isDead) throw new Error('killed')
  }
  let readings = 0
  fake.onRequest = ({ method }) => {
    if (isDead) return { fault: { kind: 'reset' } }
    const isLeftOut = method === 'GET' && (kind !== 'refused' || ++readings % 4 > 0)
    if (kind === 'killed before a memory' || isLeftOut) return undefined
    if (++count !== number) return undefined
    isMet = true
    isDead = kind !== 'refused'
    return { fault: { kind: isDead ? 'lost' : 'reset' } }
  }
  const outcome = await bench
    .tool(options)
    .applyQueue(wanted, never)
    .then(
      () => 'applied',
      () => 'failed',
    )
  fake.onRequest = () => undefined
  memory.onWrite = () => {}
  const receipt = await bench.tool(options).applyQueue(wanted, never)
  expect(receipt.outcome).toBe('applied')
  expect(peopleOf()).toEqual(people)
  expect(await bench.tool(options).drift(2, never)).toBeUndefined()
  const end = await visible(options)
  // What is remembered is complete only if all of it can be undone.
  if (kind !== 'refused') await leave(options, people)
  return { outcome, isMet, end }
}

async function leave(options: Parameters<CvatBench['tool']>[0], people: unknown) {
  await bench.tool(options).disconnect(never)
  expect(leftovers()).toEqual({ shapes: 0, assigned: [bench.ben.id], tasks: 1, trackers: [''] })
  expect(peopleOf()).toEqual(people)
}

/** Of ours, in what nobody has begun. */
function leftovers() {
  const { fake, project } = bench
  const open = fake.jobs(project).filter(({ state }) => state === 'new')
  const tasks = fake.state.tasksOf(project.id)
  return {
    shapes: open.flatMap(({ shapes }) => shapes.filter(({ source }) => source === 'auto')).length,
    assigned: open.flatMap(({ assignee }) => assignee ?? []),
    tasks: tasks.length,
    trackers: tasks.map(({ bugTracker }) => bugTracker),
  }
}

/** An earlier pre-label and the job that people have given to ben included. */
const expected = {
  gate: { shapes: 5, assigned: 4, tasks: 1 },
  touch: { shapes: 5, assigned: 1, tasks: 1 },
  round: { shapes: 3, assigned: 3, tasks: 2 },
}

describe.each(['gate', 'touch', 'round'] as const)('publishing in mode %s', (mode) => {
  it.each(['refused', 'killed after a write', 'killed before a memory'] as const)(
    'and %s at any step, repeated, has the same end, and people keep what they made',
    async (kind) => {
      const { options, wanted, people } = await atWork(mode)
      await bench.tool(options).applyQueue(wanted, never)
      expect(peopleOf()).toEqual(people)
      const undisturbed = await visible(options)
      const { shapes, assigned, tasks } = leftovers()
      expect({ shapes, assigned: assigned.length, tasks }).toEqual(expected[mode])
      await bench.close()
      let failures = 0
      for (let number = 1; ; number++) {
        const { outcome, isMet, end } = await disturbed(mode, kind, number)
        if (outcome === 'failed') failures += 1
        expect([number, end]).toEqual([number, undisturbed])
        if (!isMet) break
        await bench.close()
      }
      expect(failures).toBeGreaterThan(kind === 'refused' ? 5 : 2)
    },
    60_000,
  )
})
