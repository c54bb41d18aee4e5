/** The checkpoints beside a model that is being trained, and to which training they belong. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import type { Settings } from '../domain/settings.ts'
import type { LabelledSource } from '../ports.ts'
import { storageProblem, writeAtomically } from '../store/files.ts'
import { systemCode } from '../system-code.ts'

/** Everything that decides the outcome of a training: checkpoints of another one must not be gone on with. */
export interface TrainTask {
  readonly version: string
  readonly engine: string
  readonly seed: number
  readonly classValues: readonly number[]
  readonly settings: Settings
  /** SHA-256 over the images' digests in byte order, and over their masks in the same order. */
  readonly images: string
  readonly masks: string
}

/** One digest for all images and one for all masks; every mask is read. */
export async function digestsOf(
  sources: readonly LabelledSource[],
): Promise<Pick<TrainTask, 'images' | 'masks'>> {
  const pairs: [string, string][] = []
  for (const source of sources) {
    const { width, height, data } = await source.readMask()
    const mask = createHash('sha256').update(`${width} ${height} `).update(data)
    pairs.push([source.digest, mask.digest('hex')])
  }
  pairs.sort((a, b) => (a.join() < b.join() ? -1 : 1))
  const all = (index: 0 | 1) =>
    createHash('sha256')
      .update(pairs.map((pair) => pair[index]).join())
      .digest('hex')
  return { images: all(0), masks: all(1) }
}

export interface Claim {
  /** Training goes on from these checkpoints. */
  readonly goesOn: boolean
  /** Why older checkpoints were removed, if some were. */
  readonly discarded?: string
}

const taskName = 'task.json'
const ours = /^(task\.json|member\d+\.safetensors|\..*\.partial)$/

/**
 * Makes the folder one for this task: keeps the checkpoints of the same task, removes those of another one.
 *
 * @throws Problem `wrong-use` when the folder holds something else, `storage-failed` when it cannot be written
 */
export async function claimCheckpoints(folder: string, task: TrainTask): Promise<Claim> {
  const names = await namesIn(folder)
  const foreign = names.find((name) => !ours.test(name))
  if (foreign !== undefined) {
    throw new Problem(
      'wrong-use',
      `The folder ${folder} is needed for checkpoints but holds ${foreign}: move it away or choose another --out.`,
    )
  }
  const there = names.includes(taskName) ? await readTask(join(folder, taskName)) : undefined
  const here: unknown = JSON.parse(JSON.stringify(task))
  const reason = names.length === 0 ? undefined : differenceOf(there, here)
  if (names.length > 0 && reason === undefined) {
    return { goesOn: names.some((name) => name.startsWith('member')) }
  }
  for (const name of names) await rm(join(folder, name), { force: true })
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw storageProblem(folder, cause)
  })
  await writeAtomically(join(folder, taskName), `${JSON.stringify(task, null, 1)}\n`)
  return reason === undefined
    ? { goesOn: false }
    : {
        goesOn: false,
        discarded: `The checkpoints in ${folder} belong to another training (${reason}) and are discarded.`,
      }
}

/** After a failure: nothing stays behind when there is nothing to go on from. */
export async function leaveCheckpoints(folder: string): Promise<void> {
  const names = await namesIn(folder)
  if (!names.some((name) => name.startsWith('member'))) await removeCheckpoints(folder)
}

/** Removes what a finished training leaves. */
export async function removeCheckpoints(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (ours.test(name)) await rm(join(folder, name), { force: true })
  }
  // Something that is not ours may have come in: then the folder stays.
  await rmdir(folder).catch(() => undefined)
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return []
    throw storageProblem(folder, cause)
  })
}

/** Undefined for a damaged file. */
async function readTask(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** In words, the first difference; undefined when there is none. */
function differenceOf(there: unknown, here: unknown): string | undefined {
  if (!isTree(there) || !isTree(here)) return 'it is not recorded which'
  for (const key of ['version', 'engine', 'seed'] as const) {
    if (there[key] !== here[key]) return changed(key, there[key], here[key])
  }
  const [before, now] = [there['settings'], here['settings']]
  if (isTree(before) && isTree(now)) {
    const key = Object.keys(now).find((name) => before[name] !== now[name])
    if (key !== undefined) return changed(key, before[key], now[key])
  }
  if (there['images'] !== here['images']) return 'the images have changed'
  if (there['masks'] !== here['masks']) return 'the masks have changed'
  return JSON.stringify(there) === JSON.stringify(here) ? undefined : 'the settings have changed'
}

const changed = (key: string, there: unknown, here: unknown) =>
  `${key} was ${String(there)} and is ${String(here)} now`

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
