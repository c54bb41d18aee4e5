/** Whether the plugin reaches the sidecar. */
import type { SidecarClient } from '../sidecar-client.ts'
import { brokenBy, type Check, ok } from './check.ts'

export async function sidecarCheck(
  sidecar: Pick<SidecarClient, 'address' | 'projects'>,
  signal: AbortSignal,
): Promise<Check> {
  try {
    const { length } = await sidecar.projects(signal)
    return ok('sidecar', `It answers at ${sidecar.address} and has ${length} projects.`)
  } catch (error) {
    return brokenBy('sidecar', error)
  }
}
