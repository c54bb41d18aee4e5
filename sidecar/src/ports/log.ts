/** Structured lines for whoever runs the server; pino fits. Never pixels, never secrets. */
export interface Log {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}
