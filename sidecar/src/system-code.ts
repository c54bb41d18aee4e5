/** What the operating system said. */

/** The code of a failed system call, e.g. `ENOENT`; empty for anything else. */
export function systemCode(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
}
