/** A server of its own for CVAT's AI tools: configured peers only, and nothing but masks. */
import type { Clock } from '@suggestive/shared/bridge/deps'
import { createService } from '@suggestive/shared/service'
import type { NuclioOptions } from '../options.ts'
import { createAdmission } from './admission.ts'
import { type NuclioDeps, nuclioRoutes } from './routes.ts'

export interface NuclioServer {
  /** E.g. `http://127.0.0.1:8070`. */
  readonly address: string
  close(): Promise<void>
}

/** @throws Problem `conflict` when the port is taken */
export async function openNuclio(
  options: NuclioOptions,
  deps: Omit<NuclioDeps, 'port'> & { readonly clock: Clock; readonly version: string },
): Promise<NuclioServer> {
  let address = ''
  const port = () => Number(new URL(address).port)
  const service = createService({
    version: deps.version,
    log: deps.log,
    portSetting: '"port" of "nuclio" in the section "cvat" of suggest.json',
    first: createAdmission(options, deps.clock),
    routes(app) {
      app.use(nuclioRoutes({ ...deps, port }))
    },
  })
  address = await service.listen(options.port, options.host)
  return { address, close: () => service.stop() }
}
