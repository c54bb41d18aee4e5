/** A log that keeps its lines for whoever wants to look. */
import type { Log } from '@suggestive/sidecar/ports/log'

export interface SilentLog extends Log {
  readonly lines: { readonly level: string; readonly fields: object; readonly sentence: string }[]
}

export function createSilentLog(): SilentLog {
  const lines: SilentLog['lines'] = []
  const at = (level: string) => (fields: object, sentence: string) => {
    lines.push({ level, fields, sentence })
  }
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}
