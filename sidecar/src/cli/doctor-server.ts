/** The server's part of `suggest doctor`: its configuration, its data folder, and whether it answers. */
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pageOf } from '@suggestive/shared/protocol'
import { problemView } from '@suggestive/shared/protocol/event'
import { health } from '@suggestive/shared/protocol/health'
import type { z } from 'zod'
import {
  type Config,
  isLoopback,
  type LoadedConfig,
  loadConfig,
  requireSafeAddress,
} from '../config.ts'
import { listen } from '../main/listen.ts'
import { type Running, readRunning } from '../main/running.ts'
import { check } from '../store/check.ts'
import { Database } from '../store/database.ts'
import { databaseIn } from './backup-folder.ts'
import { type Check, writableCheck } from './doctor-checks.ts'

/** @param flags as for `suggest serve` */
export async function serverChecks(
  flags: Readonly<Partial<Record<string, string | boolean>>>,
): Promise<Check[]> {
  const name = 'configuration'
  let loaded: LoadedConfig
  try {
    loaded = await loadConfig(flags)
    requireSafeAddress(loaded.config, loaded.origins.get('host') ?? '')
  } catch (cause) {
    return [{ name, state: 'broken', finding: sentenceOf(cause) }]
  }
  const { config, origins } = loaded
  const running = await readRunning(config.data)
  return [
    { name, state: 'ok', finding: valuesOf(config, origins) },
    tokenCheck(config),
    ...(await dataChecks(config)),
    ...(running === undefined ? [await portCheck(config)] : await runningChecks(config, running)),
  ]
}

/** Every value, and where it came from unless that is the defaults. */
function valuesOf(config: Config, origins: LoadedConfig['origins']): string {
  const values = Object.entries(config).flatMap(([name, value]) => {
    if (typeof value !== 'string' && typeof value !== 'number') return []
    const origin = origins.get(name)
    return origin === undefined || origin === 'the defaults'
      ? [`${name} ${value}`]
      : [`${name} ${value} (${origin})`]
  })
  return [...values, `plugins: ${[...config.plugins.keys()].join(', ') || 'none'}`].join('; ')
}

function tokenCheck({ host, tokens, tokenFile }: Config): Check {
  const name = 'tokens'
  if (tokens.length > 0) {
    const finding = tokens.map((one) => `${one.name} (${one.role})`).join(', ')
    return { name, state: 'ok', finding }
  }
  return isLoopback(host)
    ? {
        name,
        state: 'ok',
        finding: 'none: everybody on this machine is owner, nobody else gets in',
      }
    : { name, state: 'broken', finding: `none in ${tokenFile}; run npx suggest token` }
}

async function dataChecks({ data }: Config): Promise<Check[]> {
  const name = 'data folder'
  if (!existsSync(data))
    return [{ name, state: 'note', finding: `${data} is not there yet; suggest serve makes it` }]
  const folder = await writableCheck(name, data)
  const bytes = await sizeOf(data)
  const size = bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
  return [{ ...folder, finding: `${folder.finding}; it holds ${size}` }, databaseCheck(data)]
}

function databaseCheck(data: string): Check {
  const name = 'database'
  const path = databaseIn(data)
  if (!existsSync(path)) return { name, state: 'note', finding: 'none yet; suggest serve makes it' }
  try {
    const db = new Database(path, { readOnly: true })
    try {
      check(db)
    } finally {
      db.close()
    }
    return { name, state: 'ok', finding: `${path} is whole` }
  } catch (cause) {
    return { name, state: 'broken', finding: sentenceOf(cause) }
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // Files come and go while a server runs.
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size
  }
  return bytes
}

/** Whether a server could start. */
async function portCheck({ host, port }: Config): Promise<Check> {
  const name = 'port'
  const server = createServer()
  try {
    await listen(server, host, port)
    return { name, state: 'ok', finding: `${port} of ${host} is free; no server runs` }
  } catch (cause) {
    // Training and prediction do without it; it may be a server with another data folder.
    return { name, state: 'note', finding: sentenceOf(cause) }
  } finally {
    server.close()
  }
}

async function runningChecks(config: Config, running: Running): Promise<Check[]> {
  const { address, pid, version, startedAt } = running
  const name = 'server'
  const answer = await ask(`${address}/healthz`, health)
  if (answer === undefined) {
    const finding = `The process ${pid} should answer at ${address} and does not; restart it.`
    return [{ name, state: 'broken', finding }]
  }
  const found = `version ${version} answers at ${address} since ${startedAt}, process ${pid}`
  const token = config.tokens.find(({ role }) => role === 'owner')?.token.reveal()
  const problems = await ask(`${address}/v1/problems?limit=1000`, pageOf(problemView), token)
  const known: Check[] = (problems?.items ?? []).map(({ project, sentence, remedy }) => ({
    name: project ?? 'problem',
    state: 'note',
    finding: `${sentence} ${remedy}`,
  }))
  return [{ name, state: 'ok', finding: found }, ...known]
}

/** @returns undefined when it does not answer as it should */
async function ask<Schema extends z.ZodType>(
  address: string,
  schema: Schema,
  token?: string,
): Promise<z.output<Schema> | undefined> {
  const headers: Record<string, string> =
    token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const reply = await fetch(address, { headers, signal: AbortSignal.timeout(5000) }).catch(
    () => undefined,
  )
  if (reply?.ok !== true) return undefined
  const parsed = schema.safeParse(await reply.json().catch(() => undefined))
  return parsed.success ? parsed.data : undefined
}

function sentenceOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
