/** Structured logs on standard error: JSON, without secrets, pixels or bodies. */
import { type DestinationStream, destination, type Logger, pino } from 'pino'

/** Wherever they appear. */
const secrets = ['authorization', 'cookie', 'token', 'password', 'secret', 'set-cookie']
const paths = secrets.flatMap((name) => ['', '*', '*.*'].map((depth) => `${depth}["${name}"]`))

/** @param to standard error when absent; not kept in memory: what was logged before a crash is there */
export function createLog(
  level: string,
  to: DestinationStream = destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[secret]' },
    },
    to,
  )
}
