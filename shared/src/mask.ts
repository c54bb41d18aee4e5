/** Label masks as the whole product exchanges them. */

/** One class per pixel, row-major `[height, width]`; 0 is background, values are class indices. */
export interface Mask {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}
