// Loaded before `suggest serve` and its children: networks of the usual width that learn little, in seconds instead of minutes.
import { existsSync } from 'node:fs'

const compiled = new URL('../../sidecar/dist/domain/settings.js', import.meta.url)

// The command itself may be the one that compiles; what trains is started after that.
if (existsSync(compiled)) {
  const { profiles } = await import(compiled.href)
  Object.assign(profiles.quick, { members: 2, iterations: 24, crop: 32, warmUp: 4 })
}
