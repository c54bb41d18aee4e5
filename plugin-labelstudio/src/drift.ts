/** Whether Label Studio still serves what was published. */
import type { Client } from './client.ts'
import { servingOf, uncertaintySampling } from './published.ts'
import type { MemoryStore } from './state.ts'

/** Sentences for people, undefined when all is as it was published. Changes nothing. */
export async function driftOf(
  revision: number,
  client: Client,
  id: number,
  memory: MemoryStore,
  signal: AbortSignal,
): Promise<string | undefined> {
  const published = servingOf(await memory.read())
  if (published?.revision !== revision) {
    return `Label Studio does not serve revision ${revision}: ${published === undefined ? 'nothing was published' : `revision ${published.revision} was published last`}.`
  }
  const { modelVersion, rows } = published
  const project = await client.project(id, signal)
  const count = (await client.modelVersions(id, signal))[modelVersion] ?? 0
  const sentences: string[] = []
  if (project.sampling !== uncertaintySampling) {
    sentences.push(
      `Somebody has changed the task sampling to "${project.sampling}": tasks are not served in the suggested order.`,
    )
  }
  if (project.model_version !== modelVersion) {
    const other = project.model_version === '' ? null : project.model_version
    sentences.push(
      `Somebody has changed the model version ${other === null ? 'to none' : `to "${other}"`}: tasks are served at random, without our pre-labels.`,
    )
  }
  if (!project.show_collab_predictions) {
    sentences.push('Somebody has switched off that predictions are shown to annotators.')
  }
  if (count < rows) {
    sentences.push(`${rows - count} of ${rows} predictions were removed.`)
  }
  return sentences.length === 0 ? undefined : sentences.join(' ')
}
