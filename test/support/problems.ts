/** What a person is told. */
import { expect } from '@jest/globals'
import { Problem, type ProblemKind } from '@suggestive/shared/problem'

/** Runs something that must fail with a `Problem` of this kind; returns its sentence. */
export async function problemOf(kind: ProblemKind, action: () => unknown): Promise<string> {
  try {
    await action()
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    if (!(error instanceof Problem)) throw error
    expect(error.kind).toBe(kind)
    expect(error.message).not.toContain('\n')
    return error.message
  }
  throw new Error(`Expected a problem "${kind}", but nothing was wrong.`)
}
