/** The server's configuration: which source wins, and the sentence for each wrong value. */
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { tokenCommand } from '@suggestive/sidecar/cli/token'
import { isLoopback, loadConfig, requireSafeAddress } from '@suggestive/sidecar/config'
import { Secret } from '@suggestive/sidecar/config/secret'
import { newToken } from '@suggestive/sidecar/config/tokens'
import { saying } from '../support/command.ts'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

type Environment = Readonly<Record<string, string>>

const load = (
  folder: string,
  flags: Readonly<Record<string, string>> = {},
  environment: Environment = {},
) => loadConfig(flags, { environment, folder })

const wrong = (
  files: Readonly<Record<string, string>>,
  flags: Readonly<Record<string, string>> = {},
  environment: Environment = {},
) => withFolder(files, (folder) => problemOf('wrong-use', () => load(folder, flags, environment)))

const token = 'x'.repeat(32)
const list = (...tokens: readonly object[]) => JSON.stringify(tokens)
const owner = { role: 'owner', name: 'anna', token }

describe('the configuration', () => {
  it('has defaults for everything', async () => {
    await withFolder({}, async (folder) => {
      const { config, origins } = await load(folder)
      expect(config).toEqual({
        host: '127.0.0.1',
        port: 8470,
        data: join(folder, 'suggest-data'),
        engine: 'auto',
        bodyMegabytes: 64,
        imageMegabytes: 256,
        megapixels: 100,
        cacheGigabytes: 20,
        logLevel: 'info',
        tokenFile: join(folder, 'suggest-data', 'tokens.json'),
        tokens: [],
        plugins: new Map(),
      })
      expect(origins.get('port')).toBe('the defaults')
    })
  })

  it('takes the command line over the environment, that over the file, and says so', async () => {
    const file = { port: 1, logLevel: 'warn', engine: 'onnx', cacheGigabytes: 0.5 }
    await withFolder({ 'suggest-data/suggest.json': JSON.stringify(file) }, async (folder) => {
      const environment = { SUGGEST_PORT: '2', SUGGEST_LOG_LEVEL: 'debug' }
      const { config, origins } = await load(folder, { port: '3' }, environment)
      const { port, logLevel, engine, cacheGigabytes } = config
      expect([port, logLevel, engine, cacheGigabytes]).toEqual([3, 'debug', 'onnx', 0.5])
      expect(['port', 'logLevel', 'engine', 'host'].map((name) => origins.get(name))).toEqual([
        '--port',
        'SUGGEST_LOG_LEVEL',
        join(folder, 'suggest-data', 'suggest.json'),
        'the defaults',
      ])
    })
  })

  it('finds paths of a file beside that file, others in the current folder', async () => {
    await withFolder({ 'etc/my.json': '{"data":"state"}' }, async (folder) => {
      const named = await load(folder, { config: 'etc/my.json' })
      expect(named.config.data).toBe(join(folder, 'etc', 'state'))
      const flag = await load(folder, { data: 'other' }, { SUGGEST_CONFIG: 'etc/my.json' })
      expect(flag.config.data).toBe(join(folder, 'other'))
    })
  })

  it.each<[string, Readonly<Record<string, string>>, Environment, string]>([
    [
      'port',
      { port: 'many' },
      {},
      'port is "many" (from --port): give a whole number from 1 to 65535, or 0 for any free port.',
    ],
    [
      'port',
      {},
      { SUGGEST_PORT: '70000' },
      'port is 70000 (from SUGGEST_PORT): give a whole number from 1 to 65535, or 0 for any free port.',
    ],
    [
      'engine',
      { engine: 'torch' },
      {},
      'engine is "torch" (from --engine): choose auto, onnx or tensorflow.',
    ],
    [
      'log level',
      {},
      { SUGGEST_LOG_LEVEL: 'loud' },
      'logLevel is "loud" (from SUGGEST_LOG_LEVEL): choose debug, info, warn or error.',
    ],
    [
      'threads',
      { threads: '0' },
      {},
      'threads is 0 (from --threads): give a whole number from 1 to 256.',
    ],
    ['empty word', { host: '' }, {}, '--host is empty: give it a value or remove it.'],
  ])('refuses a wrong %s in one sentence', async (_, flags, environment, sentence) => {
    expect(await wrong({}, flags, environment)).toBe(sentence)
  })

  it('refuses what it does not know', async () => {
    expect(await wrong({}, {}, { SUGGEST_PROT: '1' })).toMatch(
      /^The environment variable SUGGEST_PROT is unknown: unset it or choose SUGGEST_HOST, SUGGEST_PORT,/,
    )
    expect(await wrong({ 'suggest-data/suggest.json': '{"prot":1}' })).toMatch(
      /suggest\.json holds the unknown setting "prot": choose host, port,/,
    )
    expect(await wrong({ 'suggest-data/suggest.json': '{"port":"1"}' })).toMatch(
      /^port is the text "1" \(from .*suggest\.json\): remove the quotes\.$/,
    )
    expect(await wrong({ 'suggest-data/suggest.json': '{"data":"x"}' })).toMatch(
      /lies in the data folder and cannot move it/,
    )
    expect(await wrong({ 'suggest-data/suggest.json': '{port:1}' })).toMatch(/is not JSON/)
    expect(await wrong({ 'suggest-data/suggest.json': '[]' })).toMatch(/is no JSON object/)
    expect(await wrong({}, { config: 'absent.json' })).toMatch(/^There is no file .*absent\.json/)
  })

  it('keeps the sections of the plugins', async () => {
    await withFolder({ 'suggest-data/suggest.json': '{"cvat":{"url":"x"}}' }, async (folder) => {
      const { config } = await load(folder)
      expect([...config.plugins]).toEqual([['cvat', { url: 'x' }]])
    })
    expect(await wrong({ 'suggest-data/suggest.json': '{"cvat":"secret"}' })).toMatch(
      /^cvat is wrong \(from .*\): give an object/,
    )
  })
})

describe('tokens', () => {
  const file = 'suggest-data/tokens.json'
  const withTokens = (text: string, use: (folder: string) => Promise<void>) =>
    withFolder({ [file]: text }, async (folder) => {
      chmodSync(join(folder, file), 0o600)
      await use(folder)
    })

  it('come from the token file and never show', async () => {
    await withTokens(list(owner), async (folder) => {
      const { config } = await load(folder)
      expect(config.tokens).toMatchObject([{ role: 'owner', name: 'anna' }])
      expect(config.tokens[0]?.token.reveal()).toBe(token)
      const shown = [
        JSON.stringify(config),
        inspect(config, { depth: 9 }),
        `${config.tokens[0]?.token}`,
      ]
      for (const text of shown) {
        expect(text).not.toContain(token)
        expect(text).toContain('[secret]')
      }
    })
  })

  it.each([
    [
      list({ ...owner, role: 'king' }),
      /^Token 1 in .* has no valid role: choose owner, annotator, viewer, service\.$/,
    ],
    [
      list({ ...owner, token: 'short' }),
      /has no valid token: give at least 32 visible characters; suggest token makes one\.$/,
    ],
    [list({ ...owner, name: 'a\nb' }), /has no valid name/],
    [list({ ...owner, mail: 'x' }), /has the unknown key mail: remove it/],
    ['["x"]', /is no object/],
    ['{}', /is no list of tokens/],
    [list(owner, { ...owner, name: 'ben' }), /^Token 2 in .* is there twice/],
    [
      list(owner, { ...owner, token: 'y'.repeat(32) }),
      /^Token 2 in .* has the name of another one/,
    ],
  ])('%s is refused without showing it', async (text, sentence) => {
    await withTokens(text, async (folder) => {
      const said = await problemOf('wrong-use', () => load(folder))
      expect(said).toMatch(sentence)
      expect(said).not.toContain(token)
    })
  })

  it('must not be readable by others', async () => {
    if (process.platform === 'win32') return
    await withTokens(list(owner), async (folder) => {
      chmodSync(join(folder, file), 0o640)
      expect(await problemOf('wrong-use', () => load(folder))).toMatch(
        /run chmod 600 .*tokens\.json\.$/,
      )
    })
    const inConfig = JSON.stringify({ tokens: [owner] })
    await withFolder({ 'suggest-data/suggest.json': inConfig }, async (folder) => {
      chmodSync(join(folder, 'suggest-data', 'suggest.json'), 0o644)
      expect(await problemOf('wrong-use', () => load(folder))).toMatch(/chmod 600 .*suggest\.json/)
    })
  })

  it('of plugins must not be readable by others either', async () => {
    if (process.platform === 'win32') return
    const path = 'suggest-data/suggest.json'
    const modes = async (section: object, mode: number) =>
      withFolder({ [path]: JSON.stringify({ 'label-studio': section }) }, async (folder) => {
        chmodSync(join(folder, path), mode)
        return load(folder).then(
          () => 'loaded',
          (error: Error) => error.message,
        )
      })
    const hidden = { server: { url: 'http://x', accessToken: 'abc' } }
    expect(await modes(hidden, 0o644)).toMatch(/holds secrets .*chmod 600 .*suggest\.json/)
    expect(await modes(hidden, 0o600)).toBe('loaded')
    expect(await modes({ url: 'http://x' }, 0o644)).toBe('loaded')
  })

  it('are asked for where other machines can reach the server', async () => {
    await withTokens(list({ ...owner, role: 'service' }), async (folder) => {
      const { config } = await load(folder, { host: '0.0.0.0' })
      expect(await problemOf('wrong-use', () => requireSafeAddress(config, '--host'))).toBe(
        'host is 0.0.0.0 (from --host), which other machines can reach, and there is no owner token: run npx suggest token --role owner --name NAME first, or stay with 127.0.0.1.',
      )
    })
    await withTokens(list(owner), async (folder) => {
      const { config } = await load(folder, { host: '0.0.0.0' })
      expect(() => requireSafeAddress(config, '--host')).not.toThrow()
    })
  })

  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.2', false],
    ['127.0.0.1.example.org', false],
  ])('%s: reachable from this machine alone: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })

  it('are made by suggest token, privately', async () => {
    await withFolder({}, async (folder) => {
      const { said, context } = saying()
      const data = join(folder, 'state')
      await tokenCommand(['--name', 'anna', '--data', data], context)
      await tokenCommand(['--name', 'ls', '--role', 'service', '--data', data], context)
      const path = join(data, 'tokens.json')
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
      const { config } = await load(folder, { data })
      expect(config.tokens.map(({ role, name }) => `${role} ${name}`)).toEqual([
        'owner anna',
        'service ls',
      ])
      const made = config.tokens.map((one) => one.token.reveal())
      expect(made.every((one) => said.printed.includes(one) && one.length >= 43)).toBe(true)
      const again = () => tokenCommand(['--name', 'anna', '--data', data], context)
      expect(await problemOf('wrong-use', again)).toMatch(/^There is a token of anna already/)
    })
  })

  it('are random and compared as a whole', () => {
    expect(newToken()).not.toBe(newToken())
    expect(new Secret(token).isEqual(token)).toBe(true)
    expect(new Secret(token).isEqual(`${token}x`)).toBe(false)
    expect(new Secret(token).isEqual('')).toBe(false)
  })
})
