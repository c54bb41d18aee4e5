/** Pixel rectangles without any file format: types and exact resampling. */

/** Interleaved samples `[height, width, channels]`; 8 bit (0..255) or 16 bit (0..65535). */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array | Uint16Array
}
