/** Commands run inside the test: what they say and print, with an engine without networks. */
import type { CommandContext, CommandEvent } from '@suggestive/sidecar/cli/context'
import { encodeMask } from '@suggestive/sidecar/images'
import type { Engine } from '@suggestive/sidecar/ports'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { square } from './replay.ts'

export interface Said {
  printed: string
  readonly events: CommandEvent[]
}

/** A context that writes into `said`. */
export function saying(
  engine: Engine = createPixelEngine(),
  signal: AbortSignal = new AbortController().signal,
): { readonly said: Said; readonly context: CommandContext } {
  const said: Said = { printed: '', events: [] }
  const context: CommandContext = {
    openEngine: async () => engine,
    usualProfile: async () => 'quick',
    on: (event) => said.events.push(event),
    print: (text) => {
      said.printed += text
    },
    signal,
    version: '0.0.0',
  }
  return { said, context }
}

/** Small grey images with their masks, `images/image-00.png` and so on. */
export async function squareFiles(count: number): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {}
  for (let i = 0; i < count; i++) {
    const { picture, mask } = square(i)
    const { width, height } = mask
    const name = `image-${String(i).padStart(2, '0')}.png`
    const grey = Uint8Array.from(mask.data, (_, p) => picture.data[3 * p + 1] ?? 0)
    files[`images/${name}`] = await encodeMask(width, height, grey)
    files[`masks/${name}`] = await encodeMask(
      width,
      height,
      mask.data.map((value) => 255 * value),
    )
  }
  return files
}
