/** The plugin's own file, and what it is started with. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { optionsFrom } from '@suggestive/plugin-labelstudio/options'
import { promptsIn } from '@suggestive/plugin-labelstudio/prompts'
import { connected, openSettings } from '@suggestive/plugin-labelstudio/settings'
import { memory } from '@suggestive/plugin-labelstudio/state'
import { changeProject, memoryOf, stateOf } from '@suggestive/shared/settings-file'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'

const server = {
  address: 'http://localhost:8080',
  token: 'geheim',
  pluginAddress: 'http://127.0.0.1:8471',
  imageOrigins: [],
}
const own = connected.parse({ webhookSecret: 'x'.repeat(40) })

describe('the settings', () => {
  it('are private, also when somebody had copied the file, and are there after a restart', async () => {
    await withFolder({}, async (folder) => {
      const path = join(folder, 'label-studio.json')
      const file = await openSettings(path)
      expect(file.read()).toEqual({ projects: {} })
      await file.change((all) => ({ ...all, server, projects: { 7: own } }))
      chmodSync(path, 0o644)
      const again = await openSettings(path)
      expect(again.read()).toMatchObject({ server, projects: { 7: own } })
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(existsSync(`${path}.new`)).toBe(false)
    })
  })

  it('lose nothing when bridge, tool and form write at the same time', async () => {
    await withFolder({}, async (folder) => {
      const file = await openSettings(join(folder, 'x.json'))
      await file.change((all) => ({ ...all, server, projects: { 7: own, 8: own } }))
      const state = stateOf(file, 7)
      const works = [
        state.change({ project: 'nuclei', cursor: 'a' }),
        memoryOf(file, 7).write(memory.parse({ webhook: 5 })),
        stateOf(file, 8).change({ eventId: 3 }),
        changeProject(file, 7, (one) => ({ ...one, backend: 9 })),
        state.change({ cursor: undefined }),
      ]
      await Promise.all(works)
      const saved = JSON.parse(readFileSync(join(folder, 'x.json'), 'utf8'))
      expect(saved.projects[7]).toMatchObject({
        backend: 9,
        bridge: { project: 'nuclei' },
        memory: { webhook: 5 },
      })
      expect(saved.projects[7].bridge.cursor).toBeUndefined()
      expect(saved.projects[8].bridge).toEqual({ eventId: 3 })
      const gone = () => stateOf(file, 9).change({ cursor: 'x' })
      expect(await problemOf('conflict', async () => gone())).toMatch(/not connected any more/)
    })
  })

  it('that are damaged are set aside, and wrong ones are named without their secrets', async () => {
    await withFolder({ 'a.json': '{"server":', 'b.json': '{}' }, async (folder) => {
      const file = await openSettings(join(folder, 'a.json'))
      expect(file.fault).toMatch(/a\.json was damaged and is now .*a\.json\.damaged/)
      expect(file.read().server).toBeUndefined()
      const wrong = { server: { ...server, address: 'ftp://geheim' } }
      writeFileSync(join(folder, 'b.json'), JSON.stringify(wrong))
      const sentence = await problemOf('wrong-use', () => openSettings(join(folder, 'b.json')))
      expect(sentence).toMatch(/b\.json is wrong at \/server\/address/)
      expect(sentence).not.toContain('geheim')
    })
  })
})

describe('the options', () => {
  it('are usual ones without any', () => {
    expect(optionsFrom({})).toMatchObject({
      host: '127.0.0.1',
      port: 8471,
      sidecar: 'http://127.0.0.1:8470',
      pollSeconds: 15,
      basic: undefined,
    })
  })

  it('follow the sidecar and the section of the configuration', () => {
    const SUGGEST_SIDECAR = 'http://127.0.0.1:9000'
    expect(optionsFrom({ SUGGEST_SIDECAR }).port).toBe(9001)
    const section = { port: 9100, basicUser: 'a', basicPassword: 'b', pollSeconds: 5 }
    const SUGGEST_LABEL_STUDIO = JSON.stringify(section)
    expect(optionsFrom({ SUGGEST_SIDECAR, SUGGEST_LABEL_STUDIO })).toMatchObject({
      port: 9100,
      pollSeconds: 5,
      basic: { user: 'a', password: 'b' },
    })
    const wrong = async () => optionsFrom({ SUGGEST_LABEL_STUDIO: '{"prot":1}' })
    return problemOf('wrong-use', wrong)
  })
})

describe('prompts of the smart tool', () => {
  it('are smart boxes beside brushes or polygons', () => {
    const brush = '<BrushLabels name="tag" toName="image" smart="true"></BrushLabels>'
    const box = (more: string) => `<RectangleLabels name="rect" toName="image" ${more}>`
    expect(promptsIn(`<View>${brush}${box('smart="true"')}`)).toEqual(['rect'])
    expect(promptsIn(`<View>${brush}${box("smartOnly='true'")}`)).toEqual(['rect'])
    expect(promptsIn(`<View>${brush}${box('')}`)).toEqual([])
    expect(promptsIn(`<View>${box('smart="true"')}`)).toEqual([])
    expect(promptsIn(undefined)).toEqual([])
  })
})
