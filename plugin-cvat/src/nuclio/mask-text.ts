/** A mask as the interactor of CVAT answers it: an array of rows of 0 and 1, as large as the image. */
import type { RunMask } from '@suggestive/shared/protocol/label'

const zero = '0'.charCodeAt(0)
const comma = ','.charCodeAt(0)

/** JSON, written directly: as an array of numbers a large image would take seconds and gigabytes. */
export function maskText({ width, height, layers }: RunMask): Buffer {
  const row = Buffer.alloc(2 * width - 1, '0,')
  const between = Buffer.from('],[')
  const step = row.length + between.length
  const rows = Buffer.alloc(step * height - between.length, comma)
  for (let y = 0; y < height; y++) {
    row.copy(rows, y * step)
    if (y < height - 1) between.copy(rows, y * step + row.length)
  }
  for (const { runs } of layers) {
    let at = 0
    for (const [index, run] of runs.entries()) {
      if (index % 2 === 1) {
        for (let pixel = at; pixel < at + run; pixel++) {
          rows[Math.floor(pixel / width) * step + 2 * (pixel % width)] = zero + 1
        }
      }
      at += run
    }
  }
  return Buffer.concat([Buffer.from('{"mask":[['), rows, Buffer.from(']]}')])
}
