/** Addresses that labelling tools do not call unless they are told to. */
import { isIP } from 'node:net'

/** Whether the host is, or probably stands for, a machine in a private network: all that is known without a name server. */
export function isPrivate(address: string): boolean {
  const host = hostOf(address)
  if (isIP(host) === 6) return /^(::1$|f[cd]|fe80)/i.test(host)
  if (isIP(host) === 4) {
    return /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host)
  }
  return !host.includes('.') || /\.(local|internal|localdomain|lan|home\.arpa)$/i.test(host)
}

/** Whether it stands for the machine that asks itself. */
export function isLoopback(address: string): boolean {
  const host = hostOf(address)
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

function hostOf(address: string): string {
  return new URL(address).hostname.replace(/^\[|\]$/g, '')
}
