/** Environment of the process that runs the `onnx` engine. */

/**
 * What the process of this engine needs in its environment: glibc keeps freed memory for the next step instead of
 * giving it back, which makes its heap as fast as an arena per session. Without effect elsewhere.
 */
export const onnxEnvironment: Readonly<Record<string, string>> = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: '2000000000',
  MALLOC_ARENA_MAX: '1',
}
