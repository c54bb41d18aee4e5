/** Calls for the bytes of images. */
import type { HttpReply } from '@suggestive/shared/http'
import type { Caller } from './call.ts'

/** Large images over slow lines. */
const timeoutMs = 120_000

export function fileCalls({ raw }: Caller) {
  return {
    /** Served by Label Studio itself; any status. */
    file: (path: string, what: string, mostBytes: number, signal: AbortSignal) =>
      raw({ method: 'GET', path, what, mostBytes, timeoutMs }, signal),

    /** From one of the allowed origins; any status. */
    foreignFile: (url: URL, what: string, mostBytes: number, signal: AbortSignal) =>
      raw({ method: 'GET', path: url.href, what, mostBytes, timeoutMs, isForeign: true }, signal),

    /** An object in a storage of the project, such as `s3://bucket/1.png`; any status. */
    storedFile: (
      task: number,
      uri: string,
      mostBytes: number,
      signal: AbortSignal,
    ): Promise<HttpReply> =>
      raw(
        {
          method: 'GET',
          path: `tasks/${task}/resolve/`,
          query: { fileuri: Buffer.from(uri).toString('base64url') },
          what: `the image of task ${task}`,
          mostBytes,
          timeoutMs,
        },
        signal,
      ),
  }
}
