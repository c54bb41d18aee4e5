/** A disk without space: found out early where possible, told in one sentence, nothing half-written. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { bin, filesIn, sentenceOf, startProgram, suggest } from '../support/suggest.ts'
import { engine, tiny, writeTissue } from '../support/tiny.ts'

jest.setTimeout(300_000)

const train = ['train', '--images', 'images', '--masks', 'masks', '--out', 'm.safetensors', ...tiny]

/** Whether this user may mount something in a namespace of its own. */
const mounting = startProgram('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], '/')
const canMount = await mounting.outcome.then(
  ({ code }) => code === 0,
  () => false,
)

/** Images, masks, and a model trained on them. */
let good: TestFolder
beforeAll(async () => {
  good = openFolder()
  await writeTissue(good, 3)
  expect((await suggest(train, good.path)).code).toBe(0)
})
afterAll(() => good.remove())

describe('no space left on the disk', () => {
  /** Runs a shell script in a folder that is a disk of its own; `suggest` is the command in it. */
  async function onSmallDisk(kilobytes: number, script: string) {
    const folder = openFolder()
    try {
      const disk = join(folder.path, 'disk')
      mkdirSync(disk)
      const suggestIs = `suggest() { "${process.execPath}" "${bin}" "$@"; }`
      const mount = `mount -t tmpfs -o size=${kilobytes}k tmpfs "${disk}" && cd "${disk}"`
      return await startProgram(
        'unshare',
        ['-rm', 'sh', '-c', `${mount} && ${suggestIs} && ${script}`],
        good.path,
      ).outcome
    } finally {
      folder.remove()
    }
  }
  const images = () => join(good.path, 'images')
  const model = () => join(good.path, 'm.safetensors')
  const tables = ['descriptors.npy', 'scores.csv', 'uncertainty.npy']

  const onDisk = canMount ? it : it.skip
  if (!canMount) process.stderr.write('Disks of its own need unshare and mount: not tested here.\n')

  onDisk('is found out before a training', async () => {
    const masks = join(good.path, 'masks')
    const options = `--images "${images()}" --masks "${masks}" --out m.safetensors ${tiny.join(' ')}`
    const outcome = await onSmallDisk(2000, `suggest train ${options}; code=$?; ls -A; exit $code`)
    expect(sentenceOf(outcome, 1)).toMatch(
      /^There is no space left in .*: checkpoints and ensemble need about \d+ MB and 2 MB are free/,
    )
  })

  onDisk('ends a prediction, which goes on when there is room', async () => {
    const predict = `suggest predict --images "${images()}" --model "${model()}" --out . ${engine.join(' ')}`
    const { code, stdout, said } = await onSmallDisk(
      36,
      `{ ${predict}; echo "code $?" >&2; ls -A; echo then; mount -o remount,size=1m . && ${predict} && ls -A; }`,
    )
    const [first = '', then = ''] = stdout.split('then\n')
    expect(code).toBe(0)
    expect(said).toEqual([
      expect.stringMatching(
        /^Cannot write \S*: there is no space left on the disk; free some space/,
      ),
      'code 1',
    ])
    const results = first.split('\n').filter((name) => /^[^.]/.test(name))
    expect(results.length).toBeGreaterThan(0)
    expect(results.every((name) => name.endsWith('.png'))).toBe(true)
    expect(first).not.toMatch(/partial/)
    const names = then.trim().split('\n').slice(1)
    const kinds = ['mask', 'probability', 'uncertainty']
    const maps = [0, 1, 2].flatMap((i) => kinds.map((kind) => `p${i}.${kind}.png`))
    expect(names.sort()).toEqual([...maps, ...tables].sort())
  })

  it('or a limit of the system ends a training in one sentence', async () => {
    const folder = openFolder()
    try {
      await writeTissue(folder, 3)
      const before = filesIn(folder.path)
      const script = `ulimit -f 1000; exec "${process.execPath}" "${bin}" "$@"`
      const outcome = await startProgram('sh', ['-c', script, 'sh', ...train], folder.path).outcome
      expect(sentenceOf(outcome, 1)).toMatch(
        /^Cannot write .*member0\.safetensors: the file is larger than is allowed here; raise the limit/,
      )
      expect(filesIn(folder.path)).toEqual(before)
    } finally {
      folder.remove()
    }
  })
})
