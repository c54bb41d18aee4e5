/** The plugin's own file, and what it is started with. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { optionsFrom } from '@suggestive/plugin-cvat/options'
import { connected, openSettings } from '@suggestive/plugin-cvat/settings'
import { memory } from '@suggestive/plugin-cvat/state'
import { memoryOf, removeProject, stateOf } from '@suggestive/shared/settings-file'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

const server = {
  address: 'http://localhost:8080',
  credentials: { username: 'anna', password: 'geheim' },
  pluginAddress: 'http://127.0.0.1:8472',
  linkAddress: 'http://127.0.0.1:8472',
}
const own = connected.parse({ webhookSecret: 'x'.repeat(43) })

describe('the settings', () => {
  it('hold what bridge and tool remember, each project by itself', async () => {
    await withFolder({}, async (folder) => {
      const path = join(folder, 'cvat.json')
      const file = await openSettings(path)
      await file.change((all) => ({ ...all, server, projects: { 3: own, 4: own } }))
      await Promise.all([
        stateOf(file, 3).change({ project: 'glands' }),
        memoryOf(file, 3).write(memory.parse({ webhook: 5, finished: [7] })),
      ])
      const again = await openSettings(path)
      expect(again.read().projects).toMatchObject({
        3: { mode: 'gate', bridge: { project: 'glands' }, memory: { webhook: 5, finished: [7] } },
        4: { stage: 'annotation', bridge: {}, memory: { finished: [] } },
      })
      await removeProject(again, 3, (one) => ({ ...one, links: [] }))
      await removeProject(again, 4)
      expect(again.read().projects).toEqual({})
      expect((await openSettings(path)).read().former).toMatchObject({
        3: { memory: { webhook: 5 } },
      })
    })
  })

  it('that are wrong are named without their secrets', async () => {
    await withFolder({ 'a.json': '{}' }, async (folder) => {
      const path = join(folder, 'a.json')
      writeFileSync(path, JSON.stringify({ server: { ...server, linkAddress: 'ftp://x' } }))
      const sentence = await problemOf('wrong-use', () => openSettings(path))
      expect(sentence).toMatch(/a\.json is wrong at \/server\/linkAddress/)
      expect(sentence).not.toContain('geheim')
    })
  })
})

describe('the options', () => {
  it('are usual ones without any', () => {
    expect(optionsFrom({})).toMatchObject({
      host: '127.0.0.1',
      port: 8472,
      file: 'cvat.json',
      sidecar: 'http://127.0.0.1:8470',
      pollSeconds: 30,
      nuclio: undefined,
    })
  })

  it('follow the sidecar and the section of the configuration', () => {
    const SUGGEST_SIDECAR = 'http://127.0.0.1:9000'
    expect(optionsFrom({ SUGGEST_SIDECAR }).port).toBe(9002)
    const nuclio = { port: 8070, host: '0.0.0.0', peers: ['172.18.0.0/16', '::1', '10.0.0.7'] }
    const pageAddress = 'https://suggest.example.org/'
    const SUGGEST_CVAT = JSON.stringify({ port: 9100, pollSeconds: 5, nuclio, pageAddress })
    expect(optionsFrom({ SUGGEST_SIDECAR, SUGGEST_CVAT })).toMatchObject({
      port: 9100,
      pollSeconds: 5,
      page: pageAddress,
      nuclio: { ...nuclio, mostPerMinute: 3000 },
    })
  })

  it.each([
    ['{"prot":1}', /section cvat .*prot/],
    ['{"nuclio":{"port":8070}}', /\/nuclio\/peers/],
    ['{"nuclio":{"port":8070,"peers":[]}}', /\/nuclio\/peers/],
    ['{"nuclio":{"port":8070,"peers":["cvat_server"]}}', /\/nuclio\/peers\/0.*IP address/],
    ['{"nuclio":{"port":8070,"peers":["10.0.0.0/33"]}}', /\/nuclio\/peers\/0/],
    ['{', /SUGGEST_CVAT is not JSON/],
  ])('refuse %s', async (SUGGEST_CVAT, sentence) => {
    const wrong = async () => optionsFrom({ SUGGEST_CVAT })
    expect(await problemOf('wrong-use', wrong)).toMatch(sentence)
  })
})
