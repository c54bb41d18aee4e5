/** Addresses that Label Studio does not call unless it is told to. */
import { isIP } from 'node:net'

/** Whether the host is, or probably stands for, a machine in a private network: all that is known without a name server. */
export function isPrivate(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 6) return /^(::1$|f[cd]|fe80)/i.test(host)
  if (isIP(host) === 4) {
    return /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host)
  }
  return !host.includes('.') || /\.(local|internal|localdomain|lan|home\.arpa)$/i.test(host)
}

export function isLoopback(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/** What somebody has to change so that Label Studio calls such an address. */
export const unblock =
  'Label Studio does not call private addresses by default: start it with LABEL_STUDIO_SSRF_PROTECTION_ENABLED=false and LABEL_STUDIO_ML_BLOCK_LOCAL_IP=false'
