/** What people are told when a command fails, and its exit code. */
import { tmpdir } from 'node:os'
import { Problem } from '@suggestive/shared/problem'
import { storageProblem } from '../store/files.ts'
import { systemCode } from '../system-code.ts'

export interface Failure {
  readonly sentence: string
  readonly exitCode: number
}

const stopped: Failure = {
  sentence: 'stopped; the same command goes on where it was',
  exitCode: new Problem('cancelled', '').exitCode,
}

/** @param isStopped whether somebody has asked to stop: whatever broke off then did so for that reason. */
export function failureOf(error: unknown, isStopped: boolean): Failure {
  if (isStopped || (error instanceof Problem && error.kind === 'cancelled')) return stopped
  if (error instanceof Problem)
    return { sentence: oneLine(error.message), exitCode: error.exitCode }
  if (isStorageFailure(error)) {
    const { message, exitCode } = storageProblem(pathOf(error), error)
    return { sentence: message, exitCode }
  }
  const reason = oneLine(error instanceof Error ? error.message : String(error))
  return {
    sentence: `${reason.replace(/\.$/, '')}; this is a defect of suggest, and SUGGEST_DEBUG=1 shows where.`,
    exitCode: 1,
  }
}

/** Results are written with a sentence of their own: what is left are files in passing. */
function isStorageFailure(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG'].includes(systemCode(error))
}

function pathOf(error: unknown): string {
  const named = typeof error === 'object' && error !== null && 'path' in error
  return named ? String(error.path) : `temporary files in ${tmpdir()}`
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}
