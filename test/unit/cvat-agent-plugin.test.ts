/** A connected project with an agent: from the form to the answer, and out again. */
import { chmodSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from '@jest/globals'
import { connectCommand } from '@suggestive/sidecar/cli/connect'
import { toolChecks } from '@suggestive/sidecar/cli/doctor-plugin'
import { saying } from '../support/command.ts'
import { ended } from '../support/cvat-agent.ts'
import { tokens } from '../support/http.ts'
import { type CvatRig, openCvatRig } from '../support/plugin-cvat.ts'

let rig: CvatRig
afterEach(() => rig.close())

const functions = () => [...rig.fake.agents.functions.values()]
const project = async () => (await rig.status()).projects[0]
const agentFunction = () =>
  JSON.parse(readFileSync(rig.file, 'utf8')).projects[rig.project]?.agentFunction

async function listening() {
  await rig.until('the agent', () => functions().some(({ watchers }) => watchers.size === 1))
  return functions()[0]?.id ?? 0
}

describe('a project that is connected with an agent', () => {
  it('has its suggestions in automatic annotation, also after a restart', async () => {
    rig = await openCvatRig({ fake: { agents: true } })
    const { changes } = await rig.connected({ agent: true })
    expect(changes).toContainEqual(expect.stringMatching(/private function is added/))
    const id = await listening()
    expect(functions()).toMatchObject([{ name: 'suggest.glands', kind: 'detector' }])
    expect(agentFunction()).toEqual({ id, name: 'suggest.glands' })
    const task = rig.fake.state.task(rig.fake.jobs(rig.fakeProject)[0]?.task ?? 0)
    const early = rig.fake.agents.request(id, task)
    await ended(early)
    expect(early).toMatchObject({ status: 'finished', annotations: { shapes: [] } })
    await rig.publish(rig.taskKeys[2] ?? '')
    await rig.restart()
    expect(await listening()).toBe(id)
    const request = rig.fake.agents.request(id, task, { frame: 2 })
    await ended(request)
    expect(request.annotations?.shapes).toMatchObject([
      { type: 'mask', frame: 2, points: [0, 3, 1, 1, 3, 1], score: 0.75 },
    ])
    await rig.until('the count', async () => (await project()).agent.answered === 1)
    const status = await rig.status()
    expect(status.projects[0]).toMatchObject({ hasAgent: true, agent: { state: 'watching' } })
    expect(status.also).toContainEqual(
      `the agent of project ${rig.project} waits for requests to its function ${id}, woken by CVAT; 1 answered, 0 failed`,
    )
  }, 30_000)

  it('stays so when it is connected again, until somebody says otherwise', async () => {
    rig = await openCvatRig({ images: 1, fake: { agents: true } })
    await rig.connected({ agent: true })
    const id = await listening()
    await rig.connect()
    await rig.until('the agent again', () => rig.fake.agents.of(id).watchers.size === 1)
    expect([(await project()).hasAgent, functions().length]).toEqual([true, 1])
    await rig.connect({ agent: false })
    await rig.until('removal', () => functions().length === 0 && agentFunction() === undefined)
    expect(await project()).toMatchObject({ hasAgent: false, agent: { state: 'off' } })
    expect((await rig.status()).also).toHaveLength(1)
  }, 30_000)

  it('leaves no function behind when it is disconnected', async () => {
    rig = await openCvatRig({ images: 1, fake: { agents: true } })
    await rig.connected({ agent: true })
    await listening()
    rig.fake.onRequest = ({ method, path }) =>
      method === 'DELETE' && /functions/.test(path)
        ? { fault: { kind: 'status', status: 503 } }
        : undefined
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(502)
    expect(functions().length).toBe(1)
    rig.fake.onRequest = () => undefined
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(200)
    expect(functions()).toEqual([])
  }, 30_000)

  it('says so where the server has no agents', async () => {
    rig = await openCvatRig({ images: 1 })
    await rig.connected({ agent: true })
    await rig.until('the sentence', async () => (await project()).faults.length > 0)
    expect(await project()).toMatchObject({
      faults: [expect.stringMatching(/This CVAT has no agents/)],
      agent: { state: 'stopped' },
    })
  }, 30_000)

  it('has none unless somebody asks for it', async () => {
    rig = await openCvatRig({ images: 1, fake: { agents: true } })
    await rig.connected()
    expect([functions(), rig.fake.count('POST', /functions/)]).toEqual([[], 0])
    expect(await project()).toMatchObject({ hasAgent: false, agent: { state: 'off' } })
  }, 30_000)

  it('is connected by the command line, and looked at by the doctor', async () => {
    rig = await openCvatRig({ images: 1, fake: { agents: true } })
    rig.folder.write('tokens.json', JSON.stringify(tokens))
    chmodSync(`${rig.folder.path}/tokens.json`, 0o600)
    const note = { pid: process.pid, address: rig.address(), version: '0', startedAt: 'now' }
    rig.folder.write('cvat.running.json', JSON.stringify(note))
    const run = async (...args: string[]) => {
      const { context, said } = saying()
      const usual = ['--project', String(rig.project), '--data', rig.folder.path]
      await connectCommand(['cvat', ...args, ...usual], context)
      return said.printed
    }
    const account = ['--url', rig.fake.address, '--token', rig.token, '--annotators', 'anna']
    expect(await run(...account, '--agent')).toMatch(/A private function is added to CVAT/)
    const id = await listening()
    const checks = await toolChecks('cvat', { data: rig.folder.path })
    expect(checks).toContainEqual({
      name: 'cvat',
      state: 'ok',
      finding: expect.stringMatching(`its function ${id}, woken by CVAT; 0 answered, 0 failed`),
    })
    await run()
    expect((await project()).hasAgent).toBe(true)
    await run('--no-agent')
    await rig.until('removal', () => functions().length === 0)
  }, 30_000)
})
