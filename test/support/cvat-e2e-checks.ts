/** What holds of a project in CVAT whatever way the order is shown. */
import { expect } from '@jest/globals'
import { budget } from '@suggestive/shared/protocol/budget'
import type { E2eBench } from './cvat-e2e-bench.ts'
import { type Counter, counter, killer, killPoints } from './cvat-e2e-kill.ts'
import { forbiddenWrites } from './cvat-e2e-people.ts'
import { visible } from './cvat-e2e-state.ts'

const seed = 5
const killsOfMode = 4

/**
 * Nothing of what people made was changed, and what they finished is told once and as they did it.
 *
 * @param pixels of each image
 */
export async function expectTruth(bench: E2eBench, pixels: number): Promise<void> {
  const { fake, people, product } = bench
  expect(people.disturbed()).toEqual([])
  expect(forbiddenWrites(fake)).toEqual([])
  const { done } = people
  // Otherwise nothing was proved about pre-labels.
  expect(done.some(({ shown }) => shown > 0)).toBe(true)
  const finished = fake.jobs(bench.project).filter(({ state }) => state === 'completed')
  expect(new Set(finished.map(({ id }) => id))).toEqual(new Set(done.map(({ job }) => job)))
  const told = async () => (await bench.labels()).filter((one) => !one.beforeConnection)
  await product().until('all labels', async () => (await told()).length >= done.length)
  const labels = (await told()).map(({ externalId, annotator, outcome, prelabel }) => ({
    ...{ externalId, annotator, outcome },
    use: prelabel?.use ?? null,
  }))
  const expected = done.map(({ job, frame, user, kind, shown }) => ({
    externalId: `${job}:${frame}`,
    annotator: String(user),
    outcome: kind === 'empty' ? 'empty' : 'labelled',
    use:
      shown === 0
        ? null
        : { drawn: 'ignored', empty: 'edited', accepted: 'accepted', edited: 'edited' }[kind],
  }))
  const byName = (a: { externalId: string }, b: { externalId: string }) =>
    a.externalId < b.externalId ? -1 : 1
  expect(labels.sort(byName)).toEqual(expected.sort(byName))
  const cost = await product().ask(budget, 'GET', `${await bench.path()}/budget`)
  expect(cost).toMatchObject({ images: done.length, pixels: done.length * pixels })
}

/** The plugin dies at requests all over a publication; the supervisor starts it again, and the end is the same. */
export async function expectSameEndAfterKills(bench: E2eBench, purpose: string): Promise<void> {
  const { fake, product } = bench
  const [, second = '', third = ''] = await bench.models()
  async function publish(digest: string) {
    disorder(bench)
    await bench.rollback(digest)
    await bench.served()
    return visible(bench)
  }
  // Whoever has a job keeps it: after these two nothing depends on what was before.
  for (const digest of [second, third]) await publish(digest)
  const undisturbed: { digest: string; end: object; count: Counter['count'] }[] = []
  for (const digest of [second, third]) {
    const { onRequest, count } = counter()
    fake.onRequest = onRequest
    const end = await publish(digest)
    fake.onRequest = () => undefined
    undisturbed.push({ digest, end, count })
  }
  const crashes = product().said().split('ended unexpectedly (SIGKILL)').length
  for (const [at, point] of killPoints(seed, purpose, killsOfMode).entries()) {
    const run = undisturbed[at % undisturbed.length]
    if (run === undefined) throw new Error('nothing to compare with')
    const { onRequest, met } = killer(product, point, run.count(point.which))
    fake.onRequest = onRequest
    disorder(bench)
    await bench.rollback(run.digest)
    await bench.served()
    expect({ at, met: met() }).toEqual({ at, met: expect.any(String) })
    expect({ met: met(), end: await visible(bench) }).toEqual({ met: met(), end: run.end })
  }
  fake.onRequest = () => undefined
  const now = product().said().split('ended unexpectedly (SIGKILL)').length
  expect(now - crashes).toBe(killsOfMode)
}

/** Somebody saves jobs without changing anything, so that no list shows an order any more: each publication has work. */
function disorder({ fake, project }: E2eBench): void {
  const open = fake.jobs(project).filter(({ state }) => state === 'new')
  for (const { id, assignee } of open.reverse()) {
    fake.as(fake.admin).assign(id, assignee === null ? null : fake.state.user(assignee))
  }
}

/**
 * Everything is as before the connection, but for what people have begun.
 *
 * @param tasks that are left
 * @param others whom people have assigned themselves
 */
export async function expectRestored(
  bench: E2eBench,
  tasks: number,
  others: readonly number[],
): Promise<void> {
  const { fake, people } = bench
  expect(await bench.disconnect()).toContain('is as it was before it was connected')
  const jobs = fake.jobs(bench.project)
  const open = jobs.filter(({ state }) => state === 'new')
  expect(open.flatMap(({ shapes }) => shapes.filter(({ source }) => source === 'auto'))).toEqual([])
  expect(
    open.flatMap(({ assignee }) => assignee ?? []).filter((id) => !others.includes(id)),
  ).toEqual([])
  const left = fake.state.tasksOf(bench.project.id)
  expect(left.map(({ bugTracker }) => bugTracker)).toEqual(left.map(() => ''))
  expect(left.length).toBe(tasks)
  expect([...fake.state.webhooks.values()]).toEqual([])
  expect(people.disturbed()).toEqual([])
}
