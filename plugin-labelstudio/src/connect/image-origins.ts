/** Which other servers the images of a project lie on. */
import type { Client } from '../client.ts'
import { imageAddress, type ToolAddresses } from '../image-address.ts'
import { taskPages } from '../task-pages.ts'

export interface ImagesFound {
  readonly tasks: number
  /** Tasks by origin, for origins other than Label Studio. */
  readonly origins: ReadonlyMap<string, number>
  /** Tasks whose data has no address of an image. */
  readonly without: number
  /** A task whose image can be tried; one that Label Studio itself serves, if there is any. */
  readonly sample: { readonly id: number; readonly value: unknown } | undefined
}

/** Tasks that are looked at; more of them hardly lie elsewhere. */
const mostTasks = 20_000

export async function findImages(
  client: Client,
  project: number,
  dataKey: string,
  addresses: ToolAddresses,
  signal: AbortSignal,
): Promise<ImagesFound> {
  const origins = new Map<string, number>()
  let [tasks, without] = [0, 0]
  let own: ImagesFound['sample']
  let foreign: ImagesFound['sample']
  for await (const page of taskPages(client, project, signal)) {
    for (const { id, data } of page) {
      tasks++
      const value = data[dataKey]
      try {
        const address = imageAddress(value, String(id), addresses)
        if (address.kind === 'foreign') {
          foreign ??= { id, value }
          const { origin } = address.url
          origins.set(origin, (origins.get(origin) ?? 0) + 1)
        } else own ??= { id, value }
      } catch {
        without++
      }
    }
    if (tasks >= mostTasks) break
  }
  return { tasks, origins, without, sample: own ?? foreign }
}
