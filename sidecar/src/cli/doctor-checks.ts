/** The parts of a machine that suggest needs besides an engine. */
import { statfs } from 'node:fs/promises'
import { freemem, tmpdir, totalmem } from 'node:os'
import { thisMachine } from '../engine/onnx/locate.ts'
import { requireWritableFolder } from './output-file.ts'

export interface Check {
  readonly name: string
  /** `note`: it works, but somebody may want to know; `broken`: the usual options do not work. */
  readonly state: 'ok' | 'note' | 'broken'
  /** One or two sentences. */
  readonly finding: string
}

/** What `quick` and `paper` need at most, bytes. */
const QUICK_BYTES = 1e9
const PAPER_BYTES = 2e9

/** Less free disk than this is worth a word, bytes. */
const FEW_BYTES = 1e9

export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < 20 || (major === 20 && minor < 19)
  return isOld
    ? { name: 'node', state: 'broken', finding: `${version} is too old; install 20.19 or later.` }
    : { name: 'node', state: 'ok', finding: version }
}

export function systemCheck(): Check {
  const { platform, arch, isMusl } = thisMachine()
  return { name: 'system', state: 'ok', finding: `${platform} on ${arch}${isMusl ? ', musl' : ''}` }
}

export function memoryCheck(total = totalmem(), free = freemem()): Check {
  const name = 'memory'
  const finding = `${gigabytes(total)}, of which ${gigabytes(free)} are free`
  if (total < QUICK_BYTES) {
    return {
      name,
      state: 'note',
      finding: `${finding}; training may need ${gigabytes(QUICK_BYTES)}`,
    }
  }
  return total < PAPER_BYTES
    ? { name, state: 'note', finding: `${finding}; enough for quick and balanced, not for paper` }
    : { name, state: 'ok', finding }
}

/** Room for temporary files, and whether results can be written here. */
export async function diskCheck(folder = process.cwd(), temporary = tmpdir()): Promise<Check[]> {
  return [await writableCheck('temporary', temporary), await writableCheck('this folder', folder)]
}

/** Whether a folder can be written to, and how much room its disk has. */
export async function writableCheck(name: string, folder: string): Promise<Check> {
  try {
    await requireWritableFolder(folder)
    const { bavail, bsize } = await statfs(folder)
    const finding = `${gigabytes(bavail * bsize)} are free in ${folder}`
    return bavail * bsize < FEW_BYTES
      ? { name, state: 'note', finding: `${finding}; that may be too little` }
      : { name, state: 'ok', finding }
  } catch (cause) {
    return {
      name,
      state: 'broken',
      finding: cause instanceof Error ? cause.message : String(cause),
    }
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
