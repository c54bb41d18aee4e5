/** Reads the reference numbers of `test/golden`. */
import { readFileSync } from 'node:fs'

/** Bytes of a golden file. */
export function goldenBytes(file: string): Buffer {
  return readFileSync(new URL(`../golden/${file}`, import.meta.url))
}

/** A golden JSON file; its shape is that of the script beside it. */
export function goldenJson<Shape>(file: string): Shape {
  return JSON.parse(goldenBytes(file).toString('utf8'))
}
