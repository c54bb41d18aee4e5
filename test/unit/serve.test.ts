/** The parts of `suggest serve` around the server: doctor, port, limits, logs, wrong use. */
import { statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { serverChecks } from '@suggestive/sidecar/cli/doctor-server'
import { serveCommand, welcome } from '@suggestive/sidecar/cli/serve'
import { loadConfig } from '@suggestive/sidecar/config'
import { openDataFolder } from '@suggestive/sidecar/main/data-folder'
import { limitedSize, limitsOf } from '@suggestive/sidecar/main/limits'
import { listen } from '@suggestive/sidecar/main/listen'
import { createLog } from '@suggestive/sidecar/main/log'
import { forgetRunning, noteRunning, readRunning } from '@suggestive/sidecar/main/running'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { encodePng } from '../bench/png.ts'
import { saying } from '../support/command.ts'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

const configOf = async (folder: string) =>
  (await loadConfig({}, { environment: {}, folder })).config

describe('suggest serve', () => {
  it('says what to open and what to do next, in one line', () => {
    expect(welcome('http://127.0.0.1:8470')).toMatch(
      /^Suggestive annotation is at http:\/\/127\.0\.0\.1:8470 - open it in a browser: [^\n]*\n$/,
    )
  })

  it('refuses another address without an owner token, and options that are not there', async () => {
    await withFolder({}, async (folder) => {
      const { context } = saying()
      const data = ['--data', join(folder, 'data')]
      const exposed = () => serveCommand([...data, '--host', '0.0.0.0'], context)
      expect(await problemOf('wrong-use', exposed)).toMatch(/npx suggest token --role owner/)
      const misspelt = () => serveCommand(['--prot', '1'], context)
      expect(await problemOf('wrong-use', misspelt)).toMatch(/'--prot': see suggest serve --help/)
    })
  })

  it('explains itself', async () => {
    const { said, context } = saying()
    await serveCommand(['--help'], context)
    expect(said.printed).toMatch(/^suggest serve \[options\]/)
  })
})

describe('the data folder', () => {
  it('is private, and not a file', async () => {
    await withFolder({ file: '' }, async (folder) => {
      const path = join(folder, 'a', 'b')
      await openDataFolder(path)
      await openDataFolder(path)
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o700)
      const file = () => openDataFolder(join(folder, 'file'))
      expect(await problemOf('wrong-use', file)).toMatch(/is a file: name a folder\.$/)
    })
  })
})

describe('the port', () => {
  it('that somebody else has is named with the remedy', async () => {
    const other = createServer()
    const address = await listen(other, '127.0.0.1', 0)
    const port = Number(new URL(address).port)
    try {
      expect(await problemOf('conflict', () => listen(createServer(), '127.0.0.1', port))).toBe(
        `Cannot listen at 127.0.0.1, port ${port}: another program listens there: stop it, or choose another port with --port.`,
      )
    } finally {
      other.close()
    }
  })

  it('of an address that this machine does not have is refused', async () => {
    const elsewhere = () => listen(createServer(), '203.0.113.1', 0)
    expect(await problemOf('conflict', elsewhere)).toMatch(/no such address: choose another one/)
  })
})

describe('the limits', () => {
  it('refuse an image with too many pixels by its header', async () => {
    await withFolder({}, async (folder) => {
      const config = { ...(await configOf(folder)), megapixels: 0.001 }
      const sizeOf = limitedSize(config)
      const png = (side: number) => encodePng(side, side, 1, new Uint8Array(side * side))
      expect(await sizeOf(png(31), 'a.png')).toEqual({ width: 31, height: 31 })
      expect(await problemOf('too-large', () => sizeOf(png(32), 'a.png'))).toBe(
        'a.png has 32 x 32 pixels, more than the 0.001 million that are possible: cut it into smaller images, or raise megapixels.',
      )
      const { labels, image } = limitsOf({ ...config, bodyMegabytes: 2, imageMegabytes: 3 })
      expect([labels, image]).toEqual([2 * 2 ** 20, 3 * 2 ** 20])
    })
  })
})

describe('the log', () => {
  it('has no secrets', () => {
    let text = ''
    const stream = new Writable({
      write(chunk, _, done) {
        text += String(chunk)
        done()
      },
    })
    const log = createLog('info', stream)
    log.info({ token: 'geheim', headers: { authorization: 'geheim', cookie: 'geheim' } }, 'a')
    log.info({ a: { request: { 'set-cookie': 'geheim' } }, project: 'p' }, 'b')
    log.debug({}, 'not shown')
    expect(text).not.toContain('geheim')
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { level: 'info', msg: 'a' },
      { project: 'p', msg: 'b' },
    ])
  })
})

describe('the note of a running server', () => {
  it('counts only while its process lives', async () => {
    await withFolder({}, async (folder) => {
      const running = { pid: process.pid, address: 'http://x', version: '1', startedAt: 'now' }
      expect(await readRunning(folder)).toBeUndefined()
      await noteRunning(folder, running)
      expect(await readRunning(folder)).toEqual(running)
      await noteRunning(folder, { ...running, pid: 2 ** 22 + 1 })
      expect(await readRunning(folder)).toBeUndefined()
      await forgetRunning(folder)
      await forgetRunning(folder)
    })
  })
})

describe('suggest doctor about the server', () => {
  const checks = async (folder: string, words: Readonly<Record<string, string>> = {}) => {
    const all = await serverChecks({ data: join(folder, 'data'), port: '0', ...words })
    return Object.fromEntries(all.map(({ name, ...rest }) => [name, rest]))
  }

  it('is content with a machine where none has run yet', async () => {
    await withFolder({}, async (folder) => {
      const found = await checks(folder)
      expect(Object.values(found).map(({ state }) => state)).toEqual(['ok', 'ok', 'note', 'ok'])
      expect(found['configuration']?.finding).toContain('host 127.0.0.1;')
      expect(found['configuration']?.finding).toContain('port 0 (--port)')
      expect(found['data folder']?.finding).toMatch(/is not there yet/)
    })
  })

  it('says which setting is wrong, and that the port is taken', async () => {
    await withFolder({}, async (folder) => {
      const wrong = await checks(folder, { port: 'x' })
      expect(wrong['configuration']).toMatchObject({ state: 'broken' })
      const other = createServer()
      const { port } = new URL(await listen(other, '127.0.0.1', 0))
      const taken = await checks(folder, { port })
      other.close()
      expect(taken['port']).toMatchObject({ state: 'note' })
      expect(taken['port']?.finding).toMatch(/another program listens there/)
    })
  })

  it('checks the database', async () => {
    await withFolder({ 'data/suggest.json': '{}' }, async (folder) => {
      await (await openStore(join(folder, 'data', 'suggest.db'))).close()
      const whole = await checks(folder)
      expect(whole['database']?.state).toBe('ok')
      expect(whole['data folder']?.finding).toMatch(/it holds 0\.\d MB$/)
    })
    await withFolder({ 'data/suggest.db': 'no database '.repeat(500) }, async (folder) => {
      const damaged = await checks(folder)
      expect(damaged['database']).toMatchObject({ state: 'broken' })
      expect(damaged['database']?.finding).toMatch(/suggest restore/)
    })
  })

  it('says that a running server does not answer', async () => {
    await withFolder({ 'data/suggest.json': '{}' }, async (folder) => {
      const gone = createServer()
      const address = await listen(gone, '127.0.0.1', 0)
      await new Promise((resolve) => gone.close(resolve))
      const note = { pid: process.pid, address, version: '1', startedAt: 'now' }
      await noteRunning(join(folder, 'data'), note)
      const found = await checks(folder)
      expect(found['server']).toMatchObject({ state: 'broken' })
      expect(found['port']).toBeUndefined()
    })
  })
})
