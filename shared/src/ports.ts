/** Where the parts of one installation listen. */

export const usualSidecar = 'http://127.0.0.1:8470'

/** So far above the sidecar's: several servers on one machine do not get in each other's way. */
export function portBeside(sidecar: string, distance: number): number {
  const port = Number(new URL(sidecar).port)
  return port === 0 ? 8470 + distance : Math.min(65_535, port + distance)
}
