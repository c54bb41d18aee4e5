/** A headless Chromium over its DevTools protocol: enough to look at a page as a person does. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import WebSocket from 'ws'
import { z } from 'zod'

export interface Page {
  open(address: string): Promise<void>
  /** Of an expression in the page; promises are awaited. */
  value<Schema extends z.ZodType>(schema: Schema, expression: string): Promise<z.output<Schema>>
  /** Resolves when the expression is true. */
  until(expression: string, what: string, timeoutMs?: number): Promise<void>
  /** As a PNG. */
  screenshot(): Promise<Buffer>
}

export interface Browser {
  /** One that is signed in by these cookies at the address. */
  page(address: string, cookies: ReadonlyMap<string, string>): Promise<Page>
  close(): Promise<void>
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']

/** Path of an installed one; `CHROMIUM` names another. @throws Error that says what to install */
function findBrowser(): string {
  const { CHROMIUM: given, PATH: path = '' } = process.env
  if (given !== undefined) return given
  const places = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
  const found = places.find((place) => existsSync(place))
  if (found !== undefined) return found
  throw new Error('There is no Chromium: install it (on Debian: apt-get install chromium).')
}

const reply = z.looseObject({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
})

export async function openBrowser(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-browser-'))
  const child = spawn(
    findBrowser(),
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--window-size=1400,900',
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (text) => {
      said += String(text)
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then(() => reject(new Error(`Chromium ended: ${said}`)))
  })
  const socket = new WebSocket(endpoint, { maxPayload: 1e8 })
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  const waiting = new Map<number, (message: z.infer<typeof reply>) => void>()
  socket.on('message', (data) => {
    const message = reply.parse(JSON.parse(String(data)))
    if (message.id !== undefined) waiting.get(message.id)?.(message)
  })
  let lastId = 0

  function send<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    params: object,
    sessionId?: string,
  ): Promise<z.output<Schema>> {
    const id = ++lastId
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id)
        if (error !== undefined) reject(new Error(`${method}: ${error.message}`))
        else resolve(schema.parse(result))
      })
      socket.send(JSON.stringify({ id, method, params, sessionId }))
    })
  }

  return {
    async page(address, cookies) {
      const { browserContextId } = await send(
        z.object({ browserContextId: z.string() }),
        'Target.createBrowserContext',
        {},
      )
      const { targetId } = await send(z.object({ targetId: z.string() }), 'Target.createTarget', {
        url: 'about:blank',
        browserContextId,
      })
      const { sessionId } = await send(
        z.object({ sessionId: z.string() }),
        'Target.attachToTarget',
        { targetId, flatten: true },
      )
      const call = <Schema extends z.ZodType>(schema: Schema, method: string, params = {}) =>
        send(schema, method, params, sessionId)
      for (const [name, value] of cookies) {
        await call(z.unknown(), 'Network.setCookie', { name, value, url: address })
      }
      const evaluated = z.looseObject({
        result: z.looseObject({ value: z.unknown().optional() }),
        exceptionDetails: z.looseObject({}).optional(),
      })
      const evaluate = async (expression: string) => {
        const { result, exceptionDetails } = await call(evaluated, 'Runtime.evaluate', {
          expression,
          returnByValue: true,
          awaitPromise: true,
        })
        if (exceptionDetails === undefined) return result.value
        throw new Error(`${expression}: ${JSON.stringify(exceptionDetails).slice(0, 500)}`)
      }
      return {
        async open(to) {
          await call(z.unknown(), 'Page.navigate', { url: new URL(to, address).href })
        },
        value: async (schema, expression) => schema.parse(await evaluate(expression)),
        async until(expression, what, timeoutMs = 60_000) {
          const deadline = Date.now() + timeoutMs
          while ((await evaluate(expression).catch(() => false)) !== true) {
            if (Date.now() > deadline) throw new Error(`The page does not show ${what}.`)
            await new Promise((resolve) => setTimeout(resolve, 200))
          }
        },
        async screenshot() {
          const { data } = await call(z.object({ data: z.string() }), 'Page.captureScreenshot', {
            format: 'png',
          })
          return Buffer.from(data, 'base64')
        },
      }
    },
    async close() {
      socket.close()
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}
