/** Whether annotators can reach their personal links. */
import { type Check, note, ok } from '@suggestive/shared/connect/check'
import { isLoopback } from '@suggestive/shared/connect/private-address'
import type { Server } from '../settings.ts'

type Addresses = Pick<Server, 'address' | 'publicAddress' | 'linkAddress'>

export function linkCheck({ address, publicAddress, linkAddress }: Addresses): Check {
  const finding = `Personal links to the next job begin with ${linkAddress}/next/; suggest links prints them.`
  // Where CVAT itself is known to this machine only, so are its annotators.
  const areElsewhere = !isLoopback(publicAddress ?? address)
  if (!isLoopback(linkAddress) || !areElsewhere) return ok('links', finding)
  return note(
    'links',
    `${finding} Only this machine reaches that: for annotators elsewhere set "host": "0.0.0.0" in the section cvat of suggest.json and give --link-address http://NAME-OF-THIS-MACHINE:8472.`,
  )
}
