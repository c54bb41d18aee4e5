/** A view of the Data Manager that shows the order to people. */
import type { Client } from './client.ts'
import type { MemoryStore } from './state.ts'

const title = 'Suggested order'

/** Made once: who deletes it does not want it. It follows the rounds by itself. */
export async function ensureView(
  {
    client,
    project,
    memory,
  }: { readonly client: Client; readonly project: number; readonly memory: MemoryStore },
  signal: AbortSignal,
): Promise<void> {
  const known = await memory.read()
  if (known.view !== undefined) return
  const present = await client.views(project, signal)
  const same = present.find(({ data }) => data?.title === title)
  const data = {
    title,
    ordering: ['tasks:predictions_score'],
    filters: { conjunction: 'and', items: [] },
  }
  const view = same ?? (await client.addView(project, data, signal))
  await memory.write({ ...(await memory.read()), view: view.id })
}
