/** Names images that could not take part, with a link, and keeps broken ones out from now on. */
import { imageProblemKey } from '../../domain/image-problem.ts'
import type { LeftOut } from '../../ports/workshop.ts'
import { tasksOf } from './images-wanted.ts'
import type { RoundPorts } from './ports.ts'

export async function reportLeftOut(
  ports: Pick<RoundPorts, 'store' | 'clock' | 'log'>,
  project: string,
  leftOut: readonly LeftOut[],
): Promise<void> {
  const { store, clock, log } = ports
  for (const { imageDigest, reason } of leftOut) {
    // Whoever deleted the bytes did not say so; they are asked for again.
    if (reason === 'missing') await store.forgetImage(imageDigest)
  }
  const named = leftOut.filter(({ reason }) => reason !== 'missing')
  if (named.length === 0) return
  const tasks = await tasksOf(
    ports,
    project,
    named.map(({ imageDigest }) => imageDigest),
  )
  for (const { imageDigest, reason, sentence } of named) {
    const at = clock.now()
    if (reason === 'unreadable') await store.markBroken(imageDigest, sentence, at)
    const kind = reason === 'unreadable' ? 'broken-image' : 'wrong-size'
    const remedy =
      reason === 'unreadable'
        ? 'Replace the image in the tool, or delete its task; it is left out until then.'
        : 'Annotate the image again; it is left out of training until then.'
    const { url, taskKey } = tasks.get(imageDigest) ?? { url: null, taskKey: null }
    const problem = { key: imageProblemKey(kind, imageDigest), project, sentence, remedy }
    await store.raiseProblem({ ...problem, ...(url === null ? {} : { url }) }, at)
    log.warn({ project, task: taskKey, image: imageDigest, reason }, 'an image is left out')
  }
}
