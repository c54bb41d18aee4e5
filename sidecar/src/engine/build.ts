/** From settings to a network. */
import type { NetworkName } from '../domain/settings.ts'
import { fcn } from './fcn.ts'
import type { Network, NetworkOptions } from './network.ts'
import { unet } from './unet.ts'

const networks: Readonly<Record<NetworkName, (options: NetworkOptions) => Network>> = { fcn, unet }

export function buildNetwork(name: NetworkName, options: NetworkOptions): Network {
  return networks[name](options)
}
