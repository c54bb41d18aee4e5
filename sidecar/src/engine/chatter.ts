/** What native libraries write to their process's output: noise while all is well, the best clue when they crash. */
import type { Readable } from 'node:stream'

/** Characters that are kept. */
const KEPT = 4096

/** Information and warnings of Google's logging library, as `I0000 00:00:... port.cc:153] ...`. */
const noise = /^(WARNING: All log messages|[IW]\d{4}\b|\d{4}-\d\d-\d\d .*: [IW] )/

/** Reads streams to their ends; the result returns the last line that is more than noise, if there was one. */
export function lastWords(
  streams: readonly (Readable | null)[],
  forward?: (text: string) => void,
): () => string | undefined {
  let said = ''
  for (const stream of streams) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      said = `${said}${text}`.slice(-KEPT)
      forward?.(text)
    })
  }
  return () => {
    const lines = said.split('\n').map((line) => line.trim())
    return lines.filter((line) => line !== '' && !noise.test(line)).at(-1)
  }
}
