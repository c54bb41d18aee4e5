/** What arrives at a server: tasks in bulk, and labels one by one. */
import { runsOf } from '@suggestive/shared/mask'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import type { Served } from '../../support/serve.ts'
import { keyOf } from './seed.ts'

/** Seconds until 10,000 new tasks in one request are answered. */
export async function ingestTasks(server: Served, project: string, count: number): Promise<number> {
  const tasks = Array.from({ length: count }, (_, index) => ({
    taskKey: `new-${index}`,
    name: `new-${index}.png`,
    url: `http://127.0.0.1:8080/tasks/${index}`,
  }))
  const start = performance.now()
  const { status, text } = await server.send('POST', `/v1/projects/${project}/tasks`, { tasks })
  const seconds = (performance.now() - start) / 1000
  if (status !== 200) throw new Error(text)
  return seconds
}

/** Milliseconds of each of `count` labels of 512 x 512, one after another, until the answer: then it is on the disk. */
export async function ingestLabels(
  server: Served,
  project: string,
  from: number,
  count: number,
): Promise<number[]> {
  const masks = Array.from({ length: 8 }, (_, index) =>
    runsOf(phantom({ seed: 9, index, size: 512 }).mask),
  )
  const times: number[] = []
  for (let index = from; index < from + count; index++) {
    const label = {
      taskKey: keyOf(index),
      externalId: `bench-${index}`,
      version: 1,
      annotator: 'anna',
      seconds: 42,
      outcome: 'labelled',
      mask: masks[index % masks.length],
    }
    const start = performance.now()
    const reply = await server.send('POST', `/v1/projects/${project}/annotations`, {
      labels: [label],
    })
    times.push(performance.now() - start)
    if (reply.status !== 200) throw new Error(reply.text)
  }
  return times
}
