/** `suggest serve` for tests of the CVAT plugin: rounds of seconds, and the plugin's process at hand. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const bin = fileURLToPath(new URL('../../sidecar/bin/suggest.js', import.meta.url))
const preload = new URL('cvat-e2e-few-iterations.js', import.meta.url).href

export interface Product {
  /** Of the sidecar. */
  readonly address: string
  /** The checked body of a good reply of the sidecar. */
  ask<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<Schema>>
  /** The command line. @returns what it printed; throws when it fails */
  suggest(...words: string[]): Promise<string>
  /** Process and address of a plugin that runs. */
  plugin(name?: PluginName): { readonly pid: number; readonly address: string }
  /** Ends the plugin for CVAT as a machine without memory does: it has no chance to say or write anything. */
  kill(): void
  /** Waits until something is so; what throws is not so yet. */
  until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void>
  /** What the supervisor has said on standard error. */
  said(): string
  stop(): Promise<void>
}

type PluginName = 'cvat' | 'label-studio'

const running = z.looseObject({ pid: z.int(), address: z.string() })
const patienceMs = 240_000

/** A port that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/**
 * Goes on with what lies in the folder.
 *
 * @param data folder of its own
 * @param sections of `suggest.json`
 */
export async function openProduct(data: string, sections: object): Promise<Product> {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  writeFileSync(join(data, 'suggest.json'), JSON.stringify(sections))
  const note = (name: PluginName) => join(data, `${name}.running.json`)
  for (const name of ['cvat', 'label-studio'] as const) rmSync(note(name), { force: true })
  // One thread: with several, which wait for each other, a busy machine needs minutes.
  const words = ['serve', '--data', data, '--port', '0', '--engine', 'onnx', '--threads', '1']
  const supervisor = spawn(process.execPath, ['--import', preload, bin, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  supervisor.stderr.on('data', (text) => {
    said += String(text)
  })
  const ended = new Promise<void>((resolve) => supervisor.on('close', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    let printed = ''
    supervisor.stdout.on('data', (text) => {
      printed += String(text)
      const found = /is at (http:\S+) /.exec(printed)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then(() => reject(new Error(`the server ended: ${said}`)))
  })
  const plugin = (name: PluginName = 'cvat') =>
    running.parse(JSON.parse(readFileSync(note(name), 'utf8')))

  async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + patienceMs
    for (let why: unknown = ''; ; ) {
      try {
        if (await isSo()) return
      } catch (error) {
        why = error
      }
      if (Date.now() > deadline) throw new Error(`it did not happen: ${what}; ${why}; ${said}`)
      await sleep(50)
    }
  }

  await until('the plugins', () => existsSync(note('cvat')) && existsSync(note('label-studio')))
  return {
    address,
    plugin,
    until,
    async ask(schema, method, path, body) {
      const reply = await fetch(address + path, {
        method,
        headers: { 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text.slice(0, 500)}`)
      return schema.parse(JSON.parse(text))
    },
    async suggest(...given) {
      const args = [bin, ...given, '--data', data]
      return (await promisify(execFile)(process.execPath, args)).stdout
    },
    kill: () => void process.kill(plugin().pid, 'SIGKILL'),
    said: () => said,
    async stop() {
      supervisor.kill('SIGTERM')
      await ended
    },
  }
}
