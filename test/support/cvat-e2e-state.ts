/** All that people can see of a project in CVAT, but for ids and dates: what two runs are compared by. */
import { z } from 'zod'
import type { FakeJob, FakeShape } from '../fakes/cvat/model.ts'
import type { E2eBench } from './cvat-e2e-bench.ts'

const listed = z.looseObject({ results: z.array(z.looseObject({ id: z.int() })) })

export async function visible(bench: E2eBench) {
  const { fake, project } = bench
  const { state } = fake
  const tasks = state.tasksOf(project.id)
  const { search } = new URL((await bench.status()).orderLink)
  const reply = await fetch(`${fake.address}/api/jobs${search}&page_size=all`, {
    headers: { Authorization: `Token ${fake.admin.token}` },
  })
  const { results } = listed.parse(await reply.json())
  return {
    tasks: tasks
      .map(({ id, name, bugTracker }) => ({
        name,
        hasPage: bugTracker !== '',
        jobs: state.jobsOf(id).map((job) => ({
          images: imagesOf(bench, job),
          assignee: job.assignee,
          state: job.state,
          shapes: job.shapes.map(plain).sort(),
        })),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    order: results.map(({ id }) => imagesOf(bench, fake.job(id))),
    webhooks: [...state.webhooks.values()]
      .filter((one) => one.project === project.id)
      .map(({ targetUrl, events, isActive }) => ({ targetUrl, events, isActive })),
  }
}

/** Names of all images in tasks of rounds, one for each job that they are in. */
export function roundImages(bench: E2eBench): readonly string[] {
  const { state } = bench.fake
  const rounds = state.tasksOf(bench.project.id).filter(({ name }) => name.startsWith('[R'))
  return rounds.flatMap(({ id }) =>
    state.jobsOf(id).flatMap((job) => imagesOf(bench, job).split(' ')),
  )
}

export function imagesOf({ fake }: E2eBench, { task, start, stop }: FakeJob): string {
  const images = fake.state.task(task).data?.images.slice(start, stop + 1) ?? []
  return images.map(({ name }) => name).join(' ')
}

const plain = ({ type, frame, label_id, source, score, points }: FakeShape) =>
  JSON.stringify({ type, frame, label_id, source, score, points })
