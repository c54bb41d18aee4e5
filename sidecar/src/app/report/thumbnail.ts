/** Small pictures that travel inside the report: a square from the middle, as a PNG data URI. */
import { crc32, deflateSync } from 'node:zlib'
import type { Picture } from '../../domain/raster.ts'

/** Side of a thumbnail, pixels. */
const thumbnailSize = 56

/**
 * The middle square, box-averaged, its contrast stretched to the picture's own 0.5 and 99.5 percentile (microscopy
 * is often too dark to see), in steps of 8 of 255, which keeps the report small.
 */
export function thumbnail(picture: Picture): string {
  const rgb = stretched(averaged(picture, thumbnailSize))
  return `data:image/png;base64,${encodePng(rgb, thumbnailSize).toString('base64')}`
}

/** Means over blocks of the middle square, RGB `[size, size, 3]`. */
function averaged({ width, height, channels, data }: Picture, size: number): Float32Array {
  const side = Math.min(width, height)
  const startX = Math.floor((width - side) / 2)
  const startY = Math.floor((height - side) / 2)
  const edge = (i: number) => Math.floor((i * side) / size)
  const out = new Float32Array(size * size * 3)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [x0, x1] = [edge(x), Math.max(edge(x) + 1, edge(x + 1))]
      const [y0, y1] = [edge(y), Math.max(edge(y) + 1, edge(y + 1))]
      for (let c = 0; c < 3; c++) {
        const channel = channels === 3 ? c : 0
        let sum = 0
        for (let v = y0; v < y1; v++) {
          for (let u = x0; u < x1; u++) {
            sum += data[((startY + v) * width + startX + u) * channels + channel] ?? 0
          }
        }
        out[(y * size + x) * 3 + c] = sum / ((x1 - x0) * (y1 - y0))
      }
    }
  }
  return out
}

function stretched(values: Float32Array): Uint8Array {
  const sorted = Float32Array.from(values).sort()
  const low = sorted[Math.floor(0.005 * (sorted.length - 1))] ?? 0
  const high = sorted[Math.ceil(0.995 * (sorted.length - 1))] ?? 0
  const range = Math.max(high - low, 1)
  return Uint8Array.from(values, (value) => {
    const share = Math.min(1, Math.max(0, (value - low) / range))
    return Math.min(255, 8 * Math.round(32 * share))
  })
}

/** 8-bit RGB PNG of `[size, size, 3]`; each line is predicted from the one above (filter 2, "up"). */
function encodePng(rgb: Uint8Array, size: number): Buffer {
  const stride = 3 * size
  const lines = new Uint8Array((stride + 1) * size)
  for (let y = 0; y < size; y++) {
    lines[y * (stride + 1)] = 2
    for (let i = 0; i < stride; i++) {
      const above = y === 0 ? 0 : (rgb[(y - 1) * stride + i] ?? 0)
      lines[y * (stride + 1) + 1 + i] = (rgb[y * stride + i] ?? 0) - above
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8) // 8 bit, RGB, no interlacing
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const frame = Buffer.alloc(8 + body.length)
  frame.writeUInt32BE(content.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), 4 + body.length)
  return frame
}
