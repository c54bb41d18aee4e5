/** Large pools for the selection benchmark: random unit vectors and uncertainties as `.npy` files in one folder. */
import { closeSync, mkdtempSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npyHeader, writeNpy } from '@suggestive/sidecar/domain/npy'
import { draws } from '@suggestive/sidecar/domain/random'

export const files = { uncertainty: 'uncertainty.npy', descriptors: 'descriptors.npy' } as const

/** Random unit vectors `[rows, width]`: every number is a sum of four bytes, so the direction is nearly even. */
export function unitVectors(rows: number, width: number): Float32Array {
  const { integer } = draws(1, 'bench', 'descriptors')
  const data = new Float32Array(rows * width)
  for (let row = 0, i = 0; row < rows; row++) {
    let squares = 0
    for (const stop = i + width; i < stop; i++) {
      const bits = integer(i)
      const value =
        (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510
      data[i] = value
      squares += value * value
    }
    const length = Math.sqrt(squares)
    for (let j = i - width; j < i; j++) data[j] = (data[j] ?? 0) / length
  }
  return data
}

/**
 * Writes a pool of `copies` times the vectors and returns its folder. In each copy the columns are turned by one
 * more place: other vectors, as random as the first ones.
 */
export function writePool(vectors: Float32Array, width: number, copies: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-bench-'))
  const rows = (vectors.length / width) * copies
  const { uniform } = draws(1, 'bench', 'uncertainty')
  const scores = Float32Array.from({ length: rows }, (_, row) => uniform(row) / 4)
  writeFileSync(join(folder, files.uncertainty), writeNpy(scores, [rows]))
  const file = openSync(join(folder, files.descriptors), 'w')
  writeSync(file, npyHeader([rows, width]))
  const turned = new Float32Array(Math.min(vectors.length, 1024 * width))
  for (let copy = 0; copy < copies; copy++) {
    const turn = copy % width
    for (let at = 0; at < vectors.length; at += turned.length) {
      const part = vectors.subarray(at, at + turned.length)
      for (let i = 0; i < part.length; i += width) {
        turned.set(part.subarray(i + turn, i + width), i)
        turned.set(part.subarray(i, i + turn), i + width - turn)
      }
      writeSync(file, new Uint8Array(turned.buffer, 0, part.byteLength))
    }
  }
  closeSync(file)
  return folder
}
