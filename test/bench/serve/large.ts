/** A project of very many tasks, connected over the interface: time and memory until its queue is published. */
import { readFileSync } from 'node:fs'
import { project } from '@suggestive/shared/protocol/project'
import { queuePage } from '@suggestive/shared/protocol/queue'
import { tasksReply } from '@suggestive/shared/protocol/task'
import { type Served, sendImages } from '../../support/serve.ts'
import { tinyImage } from '../../support/tiny-images.ts'

export interface LargeFigures {
  readonly tasks: number
  readonly uploadSeconds: number
  readonly ingestSeconds: number
  /** From the last task to the queue of all of them. */
  readonly queueSeconds: number
  /** Peak of the sidecar process, MiB. */
  readonly peakMiB: number
}

const formSize = 500
const bulk = 10_000

export async function connectLarge(
  server: Served,
  tasks: number,
  say: (sentence: string) => void,
): Promise<LargeFigures> {
  const classes = [{ id: 1, name: 'object' }]
  const body = { id: 'huge', name: 'Huge', tool: 'none', classes }
  await server.ask(project, 'POST', '/v1/projects', body)
  const digests: string[] = []
  const start = performance.now()
  while (digests.length < tasks) {
    const count = Math.min(formSize, tasks - digests.length)
    const files = Array.from({ length: count }, (_, i) => tinyImage(digests.length + i))
    digests.push(...(await sendImages(server, files)))
    if (digests.length % 10_000 === 0) say(`${digests.length} images sent`)
  }
  const sent = performance.now()
  for (let from = 0; from < tasks; from += bulk) {
    const some = digests.slice(from, from + bulk)
    await server.ask(tasksReply, 'POST', '/v1/projects/huge/tasks', {
      tasks: some.map((imageDigest, i) => ({
        taskKey: `${from + i}`,
        name: `image-${from + i}.png`,
        imageDigest,
      })),
    })
  }
  const ingested = performance.now()
  await queueOf(server, tasks)
  const published = performance.now()
  const status = readFileSync(`/proc/${server.sidecar()}/status`, 'utf8')
  return {
    tasks,
    uploadSeconds: (sent - start) / 1000,
    ingestSeconds: (ingested - sent) / 1000,
    queueSeconds: (published - ingested) / 1000,
    peakMiB: Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024,
  }
}

/** Waits for a queue that holds every task. */
async function queueOf(server: Served, tasks: number): Promise<void> {
  for (;;) {
    const { status, text } = await server.send('GET', '/v1/projects/huge/queue?limit=1')
    if (status === 200 && queuePage.parse(JSON.parse(text)).queue.length >= tasks) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
