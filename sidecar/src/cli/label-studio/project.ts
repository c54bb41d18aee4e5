/** Projects of Label Studio with images in them, as a person makes them. */
import { z } from 'zod'
import type { Session } from './session.ts'

export type DrawnWith = 'brush' | 'polygon'

const controls = {
  brush: 'BrushLabels',
  polygon: 'PolygonLabels',
} as const

/** With one class. */
export function labelConfig(drawnWith: DrawnWith, label: string): string {
  const control = controls[drawnWith]
  return `<View>
  <Image name="image" value="$image" zoom="true"/>
  <${control} name="tag" toName="image"><Label value="${label}" background="#e07b00"/></${control}>
</View>`
}

/** @returns its id */
export async function createProject(
  session: Session,
  title: string,
  config: string,
): Promise<number> {
  const created = z.looseObject({ id: z.number() })
  const body = { title, label_config: config }
  return (await session.ask(created, 'POST', '/api/projects', body)).id
}

export interface ImageFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Images of one request. */
const atOnce = 50

/** A task for each image. */
export async function uploadImages(
  session: Session,
  project: number,
  images: readonly ImageFile[],
): Promise<void> {
  const imported = z.looseObject({ task_count: z.number() })
  for (let first = 0; first < images.length; first += atOnce) {
    const form = new FormData()
    for (const [index, { name, bytes }] of images.slice(first, first + atOnce).entries()) {
      // Of files with the same field name only the last one is kept.
      form.append(`file${index}`, new Blob([bytes]), name)
    }
    await session.ask(imported, 'POST', `/api/projects/${project}/import`, form)
  }
}
