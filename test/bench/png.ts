/** The plainest PNG writer: enough for generated pictures, so that the benchmark needs no image library. */
import { crc32, deflateSync } from 'node:zlib'

/** 8-bit grey (1 channel), RGB (3) or RGB with alpha (4), interleaved `[height, width, channels]`. */
export function encodePng(
  width: number,
  height: number,
  channels: 1 | 3 | 4,
  data: Uint8Array,
): Buffer {
  const row = width * channels
  const filtered = new Uint8Array(height * (row + 1)) // every row begins with its filter, 0: none
  for (let y = 0; y < height; y++)
    filtered.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, { 1: 0, 3: 2, 4: 6 }[channels], 0, 0, 0], 8) // bit depth, colour type
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const around = Buffer.alloc(8)
  around.writeUInt32BE(content.length, 0)
  around.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)])
}
