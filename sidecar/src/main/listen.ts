/** Opens the port of the server. */
import type { Server } from 'node:http'
import { Problem } from '@suggestive/shared/problem'
import { systemCode } from '../system-code.ts'

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: stop it, or choose another port with --port',
  EACCES: 'the system does not allow that port: choose one above 1023 with --port',
  EADDRNOTAVAIL: 'this machine has no such address: choose another one with --host',
  ENOTFOUND: 'there is no such host: choose another one with --host',
}

/** @returns the address for people, e.g. `http://127.0.0.1:8470` @throws Problem `conflict` */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const code = systemCode(cause)
      const remedy = remedies[code] ?? `the system says ${code}: choose other values`
      reject(
        new Problem('conflict', `Cannot listen at ${host}, port ${port}: ${remedy}.`, { cause }),
      )
    })
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`
}
