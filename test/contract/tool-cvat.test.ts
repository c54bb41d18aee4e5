import type { Mode } from '@suggestive/plugin-cvat/state'
import type { FakeJob } from '../fakes/cvat/model.ts'
import { drawing, openCvatBench } from '../support/cvat.ts'
import { listedKeys } from '../support/cvat-lists.ts'
import { toolContract } from './tool.ts'

const without = { hasSkips: false, hasSeveral: false, servesAll: false } as const

function contractOf(mode: Mode) {
  toolContract(
    `CVAT, mode ${mode},`,
    async () => {
      const bench = await openCvatBench()
      const { fake, anna, label } = bench
      const tool = bench.tool({
        mode,
        ...(mode === 'round' ? { roundSize: 2, annotators: [] } : {}),
      })
      const person = fake.as(fake.admin)
      let pixels = 5
      const oracle = {
        async addTask() {
          const task = bench.addTask(1)
          return `${task.id}-0`
        },
        async removeTask(key: string) {
          fake.state.deleteTask(fake.state.task(Number(key.split('-')[0])))
        },
        async loseImage(key: string) {
          const { data } = fake.state.task(Number(key.split('-')[0]))
          if (data !== null) data.images = []
        },
        async lock(key: string) {
          person.start(bench.jobOf(key).id)
        },
        async annotate(key: string, outcome: 'labelled' | 'empty' | 'skipped') {
          const { id, shapes } = bench.jobOf(key)
          person.erase(
            id,
            shapes.map((one) => one.id),
          )
          if (outcome === 'labelled') person.draw(id, [drawing(label, 0, pixels)])
          person.finish(id)
          return `${id}:0`
        },
        async edit(_: string, externalId: string) {
          const job = fake.job(Number(externalId.split(':')[0]))
          const points = drawing(label, 0, ++pixels).points
          person.edit(
            job.id,
            job.shapes.map((one) => ({ ...one, points })),
          )
        },
        async deleteAnnotation() {
          throw new Error('CVAT keeps what was finished')
        },
        /** Somebody makes another job the first of the list, and takes one away. */
        async meddle() {
          const [first] = fake.jobs(bench.project).filter(({ assignee }) => assignee === anna.id)
          if (mode === 'round') {
            const round = [...fake.state.tasks.values()].find(({ name }) => name.startsWith('[R'))
            if (round !== undefined) fake.state.deleteTask(round)
          } else if (first !== undefined) person.assign(first.id, null)
          else person.assign(bench.jobOf((await listedKeys(bench, tool))[0] ?? '').id, null)
        },
        served: () => listedKeys(bench, tool),
        async settings() {
          const isOpen = ({ state }: FakeJob) => state === 'new'
          return {
            jobs: fake.jobs(bench.project).map((job) => ({
              id: job.id,
              assignee: isOpen(job) ? job.assignee : null,
              shapes: isOpen(job) ? job.shapes.length : 0,
            })),
            trackers: [...fake.state.tasks.values()].map(({ bugTracker }) => bugTracker),
          }
        },
      }
      return { tool, oracle, close: () => bench.close() }
    },
    without,
  )
}

for (const mode of ['gate', 'touch', 'round'] as const) contractOf(mode)
