/** `.npy` files on disk: read whole, or as a descriptor table in blocks. */
import { type FileHandle, open } from 'node:fs/promises'
import { types } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import type { DescriptorTable } from '../domain/descriptor-table.ts'
import {
  bytesPerValue,
  type NpyHeader,
  npyHeaderBytes,
  npyValues,
  readNpyHeader,
} from '../domain/npy.ts'

export interface NpyFile {
  readonly path: string
  readonly shape: readonly number[]
  /** Values first..first+count-1 of the flattened array. */
  read(first: number, count: number): Promise<Float32Array | Float64Array>
  /** As float32, into memory of the caller; the part that was filled. */
  readInto(first: number, count: number, into: Float32Array): Promise<Float32Array>
  close(): Promise<void>
}

/** Opens a `.npy` file and checks that it is as long as its header says. */
export async function openNpy(path: string): Promise<NpyFile> {
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  try {
    const { size } = await file.stat()
    const start = await readBytes(file, new Uint8Array(Math.min(size, npyHeaderBytes)), 0, path)
    const header = readNpyHeader(start, path)
    const { shape, dataOffset } = header
    const bytes = shape.reduce((product, n) => product * n, bytesPerValue[header.type])
    if (size < dataOffset + bytes) {
      throw new Problem(
        'unreadable-input',
        `${path} is cut off: ${size} of ${dataOffset + bytes} bytes are there; write it again.`,
      )
    }
    return npyFile(file, header, path)
  } catch (error) {
    await file.close()
    throw error
  }
}

function npyFile(file: FileHandle, { type, shape, dataOffset }: NpyHeader, path: string): NpyFile {
  const size = bytesPerValue[type]
  const read = async (first: number, count: number) => {
    const bytes = new Uint8Array(count * size)
    return npyValues(await readBytes(file, bytes, dataOffset + first * size, path), type)
  }
  return {
    path,
    shape,
    read,
    async readInto(first, count, into) {
      const part = into.subarray(0, count)
      if (type === 'float32') {
        const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
        await readBytes(file, bytes, dataOffset + first * size, path)
      } else {
        part.set(await read(first, count))
      }
      return part
    },
    close: () => file.close(),
  }
}

/** A table over a two-dimensional array; rows are read when they are needed. */
export function npyTable(file: NpyFile): DescriptorTable {
  const [rows = 0, width = 0] = file.shape
  return {
    rows,
    width,
    read: (first, count, into) => file.readInto(first * width, count * width, into),
  }
}

async function readBytes(
  file: FileHandle,
  into: Uint8Array,
  position: number,
  path: string,
): Promise<Uint8Array> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await file
      .read(into, at, into.length - at, position + at)
      .catch((cause: unknown) => {
        throw unreadable(path, cause)
      })
    if (bytesRead === 0) {
      throw new Problem('unreadable-input', `${path} became shorter while it was read: try again.`)
    }
    at += bytesRead
  }
  return into
}

function unreadable(path: string, cause: unknown): Problem {
  const missing = types.isNativeError(cause) && 'code' in cause && cause.code === 'ENOENT'
  const reason = types.isNativeError(cause) ? cause.message : String(cause)
  return new Problem(
    'unreadable-input',
    missing
      ? `${path} does not exist: check the path.`
      : `${path} cannot be read (${reason}): check the file.`,
    { cause },
  )
}
