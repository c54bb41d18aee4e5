/** A small data set for replays: three kinds of coloured squares on coloured ground, with noise. */
import { createHash } from 'node:crypto'
import type { Mask } from '@suggestive/shared/mask'
import { type Replayed, type ReplayRequest, replay } from '@suggestive/sidecar/app/replay'
import type { ReplayEvent } from '@suggestive/sidecar/app/replay/events'
import { type ReplayOptions, usualReplay } from '@suggestive/sidecar/app/replay/options'
import type { ReplaySource } from '@suggestive/sidecar/app/replay/source'
import { draws } from '@suggestive/sidecar/domain/random'
import type { Picture } from '@suggestive/sidecar/domain/raster'
import { profiles } from '@suggestive/sidecar/domain/settings'
import type { Engine } from '@suggestive/sidecar/ports'
import { createMemoryArchive, type MemoryArchive } from '../fakes/memory-archive.ts'
import { createPixelEngine } from '../fakes/pixel-engine.ts'

const kinds = [
  { name: 'red on grey', ground: [110, 110, 110], object: [200, 70, 70] },
  { name: 'grey on red', ground: [170, 80, 80], object: [120, 120, 120] },
  { name: 'green on black', ground: [20, 20, 20], object: [60, 160, 60] },
] as const

/** One image; sizes differ a little from image to image. */
export function square(index: number): { picture: Picture; mask: Mask; kind: string } {
  const noise = draws(7, 'square', index)
  const size = 16 + 2 * noise.below(4, 0)
  const kind = kinds[noise.below(kinds.length, 1)] ?? kinds[0]
  const data = new Uint8Array(size * size * 3)
  const classes = new Uint8Array(size * size)
  const [x0, y0] = [2 + noise.below(4, 2), 2 + noise.below(4, 3)]
  for (let i = 0; i < classes.length; i++) {
    const [x, y] = [i % size, Math.floor(i / size)]
    const isObject = x >= x0 && x < x0 + 7 && y >= y0 && y < y0 + 6
    classes[i] = isObject ? 1 : 0
    const colour = isObject ? kind.object : kind.ground
    colour.forEach((value, c) => {
      data[3 * i + c] = Math.max(0, Math.min(255, value + 30 * noise.normal(10 + 3 * i + c)))
    })
  }
  return {
    picture: { width: size, height: size, channels: 3, data },
    mask: { width: size, height: size, data: classes },
    kind: kind.name,
  }
}

export function squares(first: number, count: number): ReplaySource[] {
  return Array.from({ length: count }, (_, i) => {
    const { picture, mask, kind } = square(first + i)
    return {
      digest: createHash('sha256').update(picture.data).digest('hex'),
      name: `square-${first + i}`,
      kind,
      readPicture: async () => picture,
      readMask: async () => mask,
    }
  })
}

export const smallOptions: ReplayOptions = {
  ...usualReplay,
  initial: 3,
  k: 3,
  candidates: 6,
  budgets: [0.25, 0.5],
  settings: { ...profiles.quick, members: 3 },
}

export function smallRequest(options: Partial<ReplayOptions> = {}): ReplayRequest {
  return {
    pool: squares(0, 24),
    test: squares(100, 6),
    classValues: [0, 255],
    options: { ...smallOptions, ...options },
  }
}

export interface SmallRun {
  readonly engine?: Engine
  readonly archive?: MemoryArchive
  readonly on?: (event: ReplayEvent) => void
  readonly signal?: AbortSignal
}

/** Replays in memory with an engine without networks; the clock counts calls. */
export function replaySmall(request: ReplayRequest, run: SmallRun = {}): Promise<Replayed> {
  let calls = 0
  const ports = {
    engine: run.engine ?? createPixelEngine(),
    archive: run.archive ?? createMemoryArchive(),
    now: () => 1000 * calls++,
  }
  const signal = run.signal ?? new AbortController().signal
  return replay(request, ports, run.on ?? (() => undefined), signal)
}
