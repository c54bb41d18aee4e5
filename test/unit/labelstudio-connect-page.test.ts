/** The form that connects a project, who may use it, and the commands that do the same. */
import { chmodSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { script } from '@suggestive/plugin-labelstudio/connect/page-script'
import { isPrivate } from '@suggestive/shared/connect/private-address'
import { connectCommand } from '@suggestive/sidecar/cli/connect'
import { disconnectCommand } from '@suggestive/sidecar/cli/disconnect'
import { toolChecks } from '@suggestive/sidecar/cli/doctor-plugin'
import { saying } from '../support/command.ts'
import { tokenOf, tokens } from '../support/http.ts'
import { openPluginRig, type PluginRig } from '../support/labelstudio-plugin.ts'
import { problemOf } from '../support/problems.ts'

let rig: PluginRig
beforeAll(async () => {
  rig = await openPluginRig()
})
afterAll(() => rig.close())

describe('the form', () => {
  it('needs nothing from elsewhere and has a name for every field', async () => {
    const { text, headers } = await rig.send('/connect')
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors/)
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!page\.test)|style=|onclick=/)
    const named = [...text.matchAll(/<label for="([^"]+)"/g)].map(([, id]) => id)
    const fields = [...text.matchAll(/<(?:input|select) id="([^"]+)"(?! type="checkbox")/g)]
    expect(fields.length).toBeGreaterThan(6)
    for (const [, id] of fields) expect(named).toContain(id)
    for (const [, id = ''] of script.matchAll(/at\('([\w-]+)'\)/g)) {
      expect(text).toContain(`id="${id}"`)
    }
    expect(() => new Function(script)).not.toThrow()
    expect((await rig.send('/connect.css')).headers.get('content-type')).toMatch(/^text\/css/)
    expect((await rig.send('/connect.js')).text).toBe(script)
  })
})

describe('who may connect', () => {
  const status = (headers: Record<string, string>) => rig.send('/api/status', undefined, headers)
  const owner = { Authorization: `Bearer ${tokenOf('owner')}` }

  it('is the owner alone', async () => {
    expect((await status(owner)).status).toBe(200)
    const refused = await status({})
    expect([refused.status, refused.json().detail]).toEqual([403, expect.stringMatching(/owner/)])
    for (const { role, token } of tokens) {
      const { status: code } = await status({ Authorization: `Bearer ${token}` })
      expect([role, code]).toEqual([role, role === 'owner' ? 200 : 403])
    }
  })

  it('is no foreign page', async () => {
    expect((await status({ ...owner, Origin: 'https://evil.example' })).status).toBe(403)
    expect((await status({ ...owner, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    expect((await status({ ...owner, Origin: rig.address() })).status).toBe(200)
    const form = { ...owner, 'Content-Type': 'application/x-www-form-urlencoded' }
    expect((await rig.send('/api/disconnect', 'project=1', form)).status).toBe(415)
  })

  it('is everybody on this machine where the sidecar has no tokens, under a name of this machine', async () => {
    const open = await openPluginRig({ isOpen: true, tasks: 0 })
    try {
      expect((await open.send('/api/status')).status).toBe(200)
      // As a page does whose name points here, too.
      const named = await new Promise<number | undefined>((resolve) => {
        const headers = { Host: 'evil.example', Authorization: `Bearer ${tokenOf('owner')}` }
        request(`${open.address()}/api/status`, { headers }, (reply) => {
          reply.resume()
          resolve(reply.statusCode)
        }).end()
      })
      expect(named).toBe(403)
    } finally {
      await open.close()
    }
  })
})

describe('the commands', () => {
  it('say that the server has to run', async () => {
    const { context } = saying()
    const args = ['label-studio', '--project', '1', '--data', rig.folder.path]
    expect(await problemOf('conflict', () => connectCommand(args, context))).toMatch(
      /start it with npx suggest serve/,
    )
    expect(await problemOf('wrong-use', () => connectCommand(['prodigy'], context))).toMatch(
      /suggest connect label-studio/,
    )
    expect(await toolChecks('label-studio', { data: rig.folder.path })).toMatchObject([
      { state: 'note' },
    ])
  })

  it('connect, look and disconnect as the form does', async () => {
    const note = { pid: process.pid, address: rig.address(), version: '0', startedAt: 'now' }
    rig.folder.write('label-studio.running.json', JSON.stringify(note))
    rig.folder.write('tokens.json', JSON.stringify(tokens))
    rig.folder.write('token.txt', `${rig.token}\n`)
    chmodSync(`${rig.folder.path}/tokens.json`, 0o600)
    const run = async (command: typeof connectCommand, ...args: string[]) => {
      const { context, said } = saying()
      await command(['label-studio', ...args, '--data', rig.folder.path], context)
      return said.printed
    }
    const project = String(rig.project)
    const file = `${rig.folder.path}/token.txt`
    const listed = await run(connectCommand, '--url', rig.tool.address, '--token-file', file)
    expect(listed).toMatch(/^ok +Label Studio +Version 1\.23\.2 .*--project 1 +fake project/ms)
    expect(await run(connectCommand, '--project', project, '--check')).toMatch(
      /Task sampling becomes "Uncertainty sampling"/,
    )
    expect((await rig.status()).projects).toEqual([])
    const wrong = () => run(connectCommand, '--project', '999')
    expect(await problemOf('conflict', wrong)).toBe(
      'Nothing was connected, see above what to change: project.',
    )
    expect(await run(connectCommand, '--project', project)).toMatch(/Project 1 is connected\.\n$/)
    await rig.until('the first poll', async () => {
      return (await rig.status()).projects[0]?.phase === 'running'
    })
    const checks = await toolChecks('label-studio', { data: rig.folder.path })
    expect(checks).toMatchObject([
      {
        name: 'label-studio',
        state: 'ok',
        finding: expect.stringMatching(/personal access token/),
      },
      { name: 'label-studio 1', state: 'ok', finding: expect.stringMatching(/^"fake project" as/) },
      { name: 'label-studio 1 webhook', state: 'ok' },
    ])
    rig.tool.fault = ({ path }) => (path.startsWith('/api') ? { kind: 'reset' } : undefined)
    expect(await toolChecks('label-studio', { data: rig.folder.path })).toContainEqual(
      expect.objectContaining({ name: 'label-studio 1 Label Studio', state: 'broken' }),
    )
    rig.tool.fault = () => undefined
    expect(await run(disconnectCommand, '--project', project)).toMatch(/as it was before/)
    expect((await rig.status()).projects).toEqual([])
  })
})

describe('addresses', () => {
  it('that Label Studio blocks by default are known', () => {
    const blocked = ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.0.5', '[::1]', '[fd00::1]']
    const names = ['localhost', 'host.docker.internal', 'sidecar', 'box.local']
    for (const host of [...blocked, ...names]) expect(isPrivate(`http://${host}:8471`)).toBe(true)
    for (const host of ['8.8.8.8', '172.32.0.1', 'labels.example.org', '[2001:db8::1]']) {
      expect([host, isPrivate(`http://${host}`)]).toEqual([host, false])
    }
  })
})
