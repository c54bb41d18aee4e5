/** `suggest demo-label-studio` as people run it: a real Label Studio that serves the first suggestion. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { signIn } from '@suggestive/sidecar/cli/label-studio/session'
import { z } from 'zod'
import { freePort } from '../support/label-studio-server.ts'
import { specimens } from '../support/serve.ts'
import { sentenceOf, start, suggest } from '../support/suggest.ts'

// Where Label Studio is not installed yet, that takes minutes.
jest.setTimeout(900_000)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'suggestive-demo-'))
  mkdirSync(join(folder, 'slides'))
  for (const { name, png } of specimens(12, 64)) writeFileSync(join(folder, 'slides', name), png)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts it, waits until it says where to annotate, and stops it after `use`. */
async function shown(words: readonly string[], use: (text: string) => Promise<void>) {
  const running = start(['demo-label-studio', ...words], folder)
  let text = ''
  await new Promise<void>((resolve, reject) => {
    running.process.stdout?.on('data', (part) => {
      text += String(part)
      if (text.includes('Ctrl-C stops both servers')) resolve()
    })
    running.outcome.then(({ stderr }) => reject(new Error(`ended: ${stderr}`)), reject)
  })
  try {
    await use(text)
  } finally {
    running.process.kill('SIGINT')
  }
  return await running.outcome
}

describe('suggest demo-label-studio', () => {
  it('connects a Label Studio that serves a first suggestion, and goes on where it was', async () => {
    const ports = ['--port', String(await freePort())]
    const label = ['--label-studio-port', String(await freePort())]
    const words = ['--images', 'slides', '--out', 'demo', ...ports, ...label]
    const form = z.looseObject({ id: z.number(), queue: z.string() })
    const accounts: string[] = []
    for (const notes of ['Making a project with 12 images', 'Waiting for the first order']) {
      const { code, events } = await shown(words, async (text) => {
        const [, address = '', project] = /Annotate at (http:.*)\/projects\/(\d+)/.exec(text) ?? []
        const email = /account +(\S+)/.exec(text)?.[1] ?? ''
        const password = /password +(\S+)/.exec(text)?.[1] ?? ''
        accounts.push(`${address} ${project} ${email} ${password}`)
        const session = await signIn(address, { email, password })
        const next = await session.ask(form, 'GET', `/api/projects/${project}/next`)
        expect(next.queue).toMatch(/Active learning|Task lock/)
      })
      expect(code).toBe(0)
      expect(events.map(({ sentence }) => sentence)).toContain(notes)
    }
    expect(accounts[1]).toBe(accounts[0])
  })

  it('says what is missing before it begins', async () => {
    mkdirSync(join(folder, 'empty'))
    const words = ['demo-label-studio', '--out', 'none', '--images', 'empty']
    const sentence = sentenceOf(await suggest(words, folder), 2)
    expect(sentence).toMatch(/^The folder empty is empty: put images/)
    expect(readdirSync(folder)).not.toContain('none')
  })

  it('needs a Python', async () => {
    const env = { PATH: join(folder, 'empty'), HOME: folder, USERPROFILE: folder }
    const outcome = await suggest(['demo-label-studio', '--out', 'new'], folder, env)
    const events = outcome.said
    expect(outcome.code).toBe(2)
    expect(events.join('\n')).toMatch(
      /Label Studio needs Python 3\.10 or later, and there is no python3: install it/,
    )
  })
})
