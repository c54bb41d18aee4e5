import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { selectCommand } from '@suggestive/sidecar/cli/select'
import { writeNpy } from '@suggestive/sidecar/domain/npy'
import { golden, goldenNpy } from '../support/selection-golden.ts'

const folder = mkdtempSync(join(tmpdir(), 'suggestive-select-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const [reference] = golden.suggestion
if (!reference) throw new Error('no golden suggestion')
const images = reference.uncertainty.length
const uncertainty = file('u.npy', writeNpy(Float32Array.from(reference.uncertainty), [images]))
const flat = Float32Array.from(reference.descriptors.flat())
const descriptors = file('d.npy', writeNpy(flat, [images, flat.length / images]))

async function run(...args: string[]): Promise<string> {
  let out = ''
  await selectCommand(args, (text) => {
    out += text
  })
  return out
}

const files = ['--uncertainty', uncertainty, '--descriptors', descriptors]

/** The problem that the command ends with. */
async function problem(...args: string[]): Promise<Problem> {
  try {
    await run(...args)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('no problem')
}

describe('suggest select', () => {
  it('prints exactly one JSON object with rows, gains and candidates', async () => {
    const out = await run(...files)
    expect(out.endsWith('}\n')).toBe(true)
    expect(out.trim().split('\n')).toHaveLength(1)
    const found = JSON.parse(out)
    expect(Object.keys(found)).toEqual(['rows', 'gains', 'candidates'])
    expect(found.rows).toEqual(reference.expected.rows)
    expect(found.candidates).toEqual(reference.expected.candidates)
    expect(found.gains[7]).toBeCloseTo(reference.expected.gains[7] ?? Number.NaN, 7)
  })

  it('heeds --k and --candidates', async () => {
    const found = JSON.parse(await run(...files, '--k', '2', '--candidates', '3'))
    expect(found.rows).toHaveLength(2)
    expect(found.candidates).toEqual(reference.expected.candidates.slice(0, 3))
  })

  it('takes float64 and column vectors, and descriptors of any length', async () => {
    const column = file('c.npy', writeNpy(Float32Array.from(reference.uncertainty), [images, 1]))
    const scaled = file(
      's.npy',
      writeNpy(
        flat.map((v) => 1024 * v),
        [images, flat.length / images],
      ),
    )
    const out = await run('--uncertainty', column, '--descriptors', scaled)
    expect(out).toBe(await run(...files))
    const three = file('u3.npy', writeNpy(Float32Array.of(1, 3, 2), [3]))
    const doubles = file('d64.npy', goldenNpy('float64'))
    const single = file('d32.npy', goldenNpy('float32'))
    const wide = await run('--uncertainty', three, '--descriptors', doubles)
    expect(JSON.parse(wide).candidates).toEqual([1, 2, 0])
    expect(wide).toBe(await run('--uncertainty', three, '--descriptors', single))
  })

  it('explains itself', async () => {
    expect(await run('--help')).toMatch(/--candidates/)
  })

  it.each([
    [['--k', '0'], "--k is '0': give a whole number of at least 1."],
    [['--k', '2.5'], "--k is '2.5': give a whole number of at least 1."],
    [['--k=-3'], "--k is '-3': give a whole number of at least 1."],
    [['--candidates', 'NaN'], "--candidates is 'NaN': give a whole number of at least 1."],
    [['--k', '17'], '--k is 17 but --candidates only 16: give --candidates of at least 17.'],
    [['--size', '3'], "Unknown option '--size': see suggest select --help."],
    [['more'], "Unexpected argument 'more': see suggest select --help."],
  ])('%j is wrong use', async (args, sentence) => {
    const { message, exitCode } = await problem(...files, ...args)
    expect(message).toBe(sentence)
    expect(exitCode).toBe(2)
  })

  it.each(['--uncertainty', '--descriptors'])('misses %s', async (option) => {
    const at = files.indexOf(option)
    const { message, exitCode } = await problem(...files.toSpliced(at, 2))
    expect(message).toBe(`${option} is missing: give the path of a .npy file.`)
    expect(exitCode).toBe(2)
  })

  it('names the file that does not exist, is no .npy file or is cut off', async () => {
    const missing = join(folder, 'none.npy')
    const absent = await problem(...files, '--descriptors', missing)
    expect(absent.message).toBe(`${missing} does not exist: check the path.`)
    const text = file('text.npy', Buffer.from('row,name\n1,a\n2,b\n'))
    expect((await problem(...files, '--uncertainty', text)).message).toContain(
      `${text} is not a .npy`,
    )
    const cut = file('cut.npy', goldenNpy('float32').subarray(0, 150))
    const short = await problem(...files, '--descriptors', cut)
    expect(short.message).toBe(`${cut} is cut off: 150 of 176 bytes are there; write it again.`)
    expect(short.exitCode).toBe(1)
    expect((await problem(...files, '--descriptors', folder)).message).toContain(folder)
  })

  it('names the file whose shape does not fit', async () => {
    const other = file('other.npy', goldenNpy('float32'))
    const { message, exitCode } = await problem(...files, '--descriptors', other)
    expect(message).toBe(
      `${other} has the shape [3, 4]: give 30 rows, one per value of ${uncertainty}, in the same order.`,
    )
    expect(exitCode).toBe(2)
    expect((await problem(...files, '--descriptors', uncertainty)).message).toContain(
      '[images, numbers]',
    )
    expect((await problem(...files, '--uncertainty', other)).message).toContain('[images]')
    const scalar = file('scalar.npy', goldenNpy('scalar'))
    expect((await problem(...files, '--uncertainty', scalar)).message).toContain('has the shape []')
  })

  it('names the file and the row of a value that is not finite', async () => {
    const u = Float32Array.from(reference.uncertainty)
    u[5] = Number.NaN
    const wrongU = file('nan-u.npy', writeNpy(u, [images]))
    expect((await problem(...files, '--uncertainty', wrongU)).message).toContain(
      `${wrongU} holds NaN in row 5`,
    )
    const d = flat.slice()
    d[6 * 11 + 2] = Number.POSITIVE_INFINITY
    const wrongD = file('inf-d.npy', writeNpy(d, [images, 6]))
    const { message, exitCode } = await problem(...files, '--descriptors', wrongD)
    expect(message).toContain(`row 11 of ${wrongD} holds a value that is not a finite number`)
    expect(exitCode).toBe(1)
  })

  it('prints an empty suggestion for empty arrays', async () => {
    const u = file('u0.npy', writeNpy(new Float32Array(), [0]))
    const d = file('d0.npy', writeNpy(new Float32Array(), [0, 4]))
    expect(await run('--uncertainty', u, '--descriptors', d)).toBe(
      '{"rows":[],"gains":[],"candidates":[]}\n',
    )
  })
})
