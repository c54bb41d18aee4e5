/** What people are told when a command fails. */
import { tmpdir } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { Problem, type ProblemKind } from '@suggestive/shared/problem'
import { failureOf } from '@suggestive/sidecar/cli/failure'

const stopped = { sentence: 'stopped; the same command goes on where it was', exitCode: 130 }

describe('a failure', () => {
  it.each<[ProblemKind, number]>([
    ['wrong-use', 2],
    ['unreadable-input', 1],
    ['storage-failed', 1],
    ['engine-unavailable', 1],
    ['engine-failed', 1],
  ])('that is a problem %s is told as it is, exit code %d', (kind, exitCode) => {
    expect(failureOf(new Problem(kind, 'Nothing works: stop.'), false)).toEqual({
      sentence: 'Nothing works: stop.',
      exitCode,
    })
  })

  it('is one line, whatever a library said', () => {
    const problem = new Problem('unreadable-input', 'a.png: damaged\n  at row 3\n')
    expect(failureOf(problem, false).sentence).toBe('a.png: damaged at row 3')
  })

  it('after somebody asked to stop is a stop', () => {
    expect(failureOf(new Problem('cancelled', 'x'), false)).toEqual(stopped)
    expect(failureOf(new Error('aborted'), true)).toEqual(stopped)
    expect(failureOf(undefined, true)).toEqual(stopped)
  })

  it('that nobody foresaw is called a defect, with the way to its place', () => {
    const { sentence, exitCode } = failureOf(new TypeError("reading 'x' of undefined"), false)
    expect(exitCode).toBe(1)
    expect(sentence).toBe(
      "reading 'x' of undefined; this is a defect of suggest, and SUGGEST_DEBUG=1 shows where.",
    )
    expect(failureOf('text', false).sentence).toMatch(/^text; this is a defect/)
  })

  it('of a full disk names the file, or where temporary files are', () => {
    const full = Object.assign(new Error('ENOSPC: no space left, write'), { code: 'ENOSPC' })
    expect(failureOf(full, false)).toEqual({
      sentence: `Cannot write temporary files in ${tmpdir()}: there is no space left on the disk; free some space and start again.`,
      exitCode: 1,
    })
    const named = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/x/y' })
    expect(failureOf(named, false).sentence).toMatch(/^Cannot write \/x\/y: there is no space/)
  })
})
