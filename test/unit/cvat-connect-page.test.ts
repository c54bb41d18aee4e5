/** The form that connects a project of CVAT, who may use it, and the commands that do the same. */
import { chmodSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { script } from '@suggestive/plugin-cvat/connect/page-script'
import { connectCommand } from '@suggestive/sidecar/cli/connect'
import { disconnectCommand } from '@suggestive/sidecar/cli/disconnect'
import { toolChecks } from '@suggestive/sidecar/cli/doctor-plugin'
import { linksCommand } from '@suggestive/sidecar/cli/links'
import { saying } from '../support/command.ts'
import { tokenOf, tokens } from '../support/http.ts'
import { type CvatRig, openCvatRig } from '../support/plugin-cvat.ts'
import { problemOf } from '../support/problems.ts'

let rig: CvatRig
beforeAll(async () => {
  rig = await openCvatRig()
  rig.folder.write('tokens.json', JSON.stringify(tokens))
  chmodSync(`${rig.folder.path}/tokens.json`, 0o600)
})
afterAll(() => rig.close())

const data = () => ['--data', rig.folder.path]
const announce = () => {
  const note = { pid: process.pid, address: rig.address(), version: '0', startedAt: 'now' }
  rig.folder.write('cvat.running.json', JSON.stringify(note))
}
async function run(command: typeof connectCommand, ...args: string[]) {
  const { context, said } = saying()
  await command([...args, ...data()], context)
  return said.printed
}

describe('the form', () => {
  it('needs nothing from elsewhere and has a name for every field', async () => {
    const { text, headers } = await rig.send('/connect')
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors/)
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!page\.test)|style=|onclick=/)
    const named = [...text.matchAll(/<label for="([^"]+)"/g)].map(([, id]) => id)
    const fields = [...text.matchAll(/<(?:input|select) id="([^"]+)"(?! type="checkbox")/g)]
    expect(fields.length).toBeGreaterThan(12)
    for (const [, id] of fields) expect(named).toContain(id)
    const used = [...script.matchAll(/(?:at|value|words)\('([\w-]+)'\)/g)]
    expect(used.length).toBeGreaterThan(30)
    for (const [, id = ''] of used) expect(text).toContain(`id="${id}"`)
    expect(() => new Function(script)).not.toThrow()
    expect((await rig.send('/connect.css')).headers.get('content-type')).toMatch(/^text\/css/)
    expect((await rig.send('/connect.js')).text).toBe(script)
  })

  it('is of use to the owner alone', async () => {
    expect((await rig.send('/api/status')).status).toBe(403)
    for (const { role, token } of tokens) {
      const { status } = await rig.send('/api/status', undefined, {
        Authorization: `Bearer ${token}`,
      })
      expect([role, status]).toEqual([role, role === 'owner' ? 200 : 403])
    }
    const owner = { Authorization: `Bearer ${tokenOf('owner')}` }
    const foreign = { ...owner, Origin: 'https://evil.example' }
    for (const path of ['links', 'make-pool', 'connect', 'disconnect']) {
      expect((await rig.send(`/api/${path}`, {}, foreign)).status).toBe(403)
    }
  })
})

describe('the commands', () => {
  it('say that the server has to run, and what the tools are called', async () => {
    const args = ['cvat', '--project', '1']
    expect(await problemOf('conflict', () => run(connectCommand, ...args))).toMatch(
      /start it with npx suggest serve/,
    )
    for (const command of [connectCommand, disconnectCommand]) {
      expect(await problemOf('wrong-use', () => run(command, 'prodigy'))).toMatch(
        /suggest (dis)?connect label-studio or suggest (dis)?connect cvat/,
      )
      expect(await run(command, '--help')).toMatch(/suggest (dis)?connect cvat --help/)
      expect(await run(command, 'cvat', '--help')).toMatch(
        /^suggest (dis)?connect cvat.* project of CVAT/s,
      )
    }
    expect(await toolChecks('cvat', { data: rig.folder.path })).toMatchObject([{ state: 'note' }])
  })

  it('refuse what contradicts itself', async () => {
    announce()
    for (const wrong of [
      ['--mode', 'gates'],
      ['--stage', 'done'],
      ['--whole-jobs', '--make-pool'],
      ['--token-file', 'nothing.txt'],
      ['--image-origins', 'x'],
    ]) {
      await problemOf('wrong-use', () => run(connectCommand, 'cvat', ...wrong))
    }
  })

  it('connect, print links, look and disconnect as the form does', async () => {
    announce()
    rig.folder.write('token.txt', `${rig.token}\n`)
    const project = String(rig.project)
    const file = `${rig.folder.path}/token.txt`
    const server = ['cvat', '--url', rig.fake.address, '--token-file', file]
    expect(await run(connectCommand, ...server)).toMatch(
      /^ok +CVAT +Version 2\.73\.0 .*--project 1 +glands, 1 tasks/ms,
    )
    const own = ['cvat', '--project', project, '--annotators', 'anna,bert']
    expect(await run(connectCommand, ...own, '--check')).toMatch(
      /^Of the 4 jobs that are new .* to anna, bert, in turn;/m,
    )
    expect((await rig.status()).projects).toEqual([])
    const nobody = () => run(connectCommand, 'cvat', '--project', project)
    expect(await problemOf('conflict', nobody)).toBe(
      'Nothing was connected, see above what to change: annotators.',
    )
    const said = await run(connectCommand, ...own, '--mode', 'touch')
    expect(said).toMatch(/No job is assigned but by .*Project 1 is connected\.\n$/s)
    await rig.until('the first poll', async () => {
      return (await rig.status()).projects[0]?.phase === 'running'
    })
    const links = await run(linksCommand)
    expect(links.split('\n')).toHaveLength(3)
    expect(links).toMatch(/^project 1 {2}anna {2}http:\S+\/next\/[\w-]{43}$/m)
    const after = await run(linksCommand, '--revoke', 'anna')
    expect(after).not.toMatch(/anna/)
    expect(await run(linksCommand, '--new', 'anna')).toMatch(/anna {2}http/)
    const checks = await toolChecks('cvat', { data: rig.folder.path })
    expect(checks).toMatchObject([
      { name: 'cvat', state: 'ok', finding: expect.stringMatching(/, token; CVAT reaches/) },
      { name: 'cvat', state: 'ok', finding: expect.stringMatching(/^AI tools .* not answered/) },
      { name: 'cvat 1', state: 'ok', finding: expect.stringMatching(/^"glands" as glands/) },
      { name: 'cvat 1 webhook', state: 'ok', finding: expect.stringMatching(/^Ping and events/) },
    ])
    rig.fake.onRequest = () => ({ fault: { kind: 'reset' } })
    expect(await toolChecks('cvat', { data: rig.folder.path })).toContainEqual(
      expect.objectContaining({ name: 'cvat 1 CVAT', state: 'broken' }),
    )
    rig.fake.onRequest = () => undefined
    expect(await run(disconnectCommand, 'cvat', '--project', project)).toMatch(/as it was before/)
    expect((await rig.status()).projects).toEqual([])
    expect(await run(linksCommand)).toMatch(/Nobody has a link/)
  })
})

describe('new tasks', () => {
  it('are made while the command waits', async () => {
    const other = await openCvatRig({ segmentSize: 2 })
    try {
      const note = { pid: process.pid, address: other.address(), version: '0', startedAt: 'now' }
      rig.folder.write('cvat.running.json', JSON.stringify(note))
      const server = ['cvat', '--url', other.fake.address, '--token', other.token]
      const own = [...server, '--project', '1', '--annotators', 'anna', '--make-pool']
      expect(await problemOf('conflict', () => run(connectCommand, ...own))).toMatch(/new tasks\.$/)
      const said = await run(connectCommand, ...own, '--upload')
      expect(said).toMatch(/Project 1 is connected\.\n.*The new tasks are there\.\n$/s)
      expect(other.fake.state.tasksOf(1)).toHaveLength(2)
    } finally {
      await other.close()
    }
  })
})
