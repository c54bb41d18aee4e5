/** The plugin as a whole: idle until it is connected, one sentence for what keeps it from starting. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { optionsFrom } from '@suggestive/plugin-cvat/options'
import { openPlugin } from '@suggestive/plugin-cvat/plugin'
import { createSilentLog } from '../fakes/silent-log.ts'
import { withFolder } from '../support/folders.ts'
import { openCvatRig } from '../support/plugin-cvat.ts'
import { problemOf } from '../support/problems.ts'

describe('the plugin', () => {
  it('asks nobody anything before it is connected', async () => {
    const rig = await openCvatRig()
    try {
      const { server, projects, fault } = await rig.status()
      expect([server, projects, fault]).toEqual([null, [], null])
      expect(rig.fake.asked).toEqual([])
      expect((await rig.send('/healthz')).json()).toEqual({ status: 'ok', version: '0.1.0' })
    } finally {
      await rig.close()
    }
  })

  it('names the setting of a port that somebody else has, and lets go of its other one', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const at = other.address()
    const taken = typeof at === 'object' ? (at?.port ?? 0) : 0
    try {
      await withFolder({}, async (folder) => {
        const start = (section: object) => () => {
          const file = join(folder, 'cvat.json')
          const options = optionsFrom({ SUGGEST_CVAT: JSON.stringify(section) })
          return openPlugin({ ...options, file }, { log: createSilentLog(), version: '0' })
        }
        const nuclio = { port: 0, peers: ['127.0.0.1'] }
        expect(await problemOf('conflict', start({ port: taken, nuclio }))).toMatch(
          /The port is "port" in the section "cvat" of suggest\.json\.$/,
        )
        const both = { port: 0, nuclio: { ...nuclio, port: taken } }
        expect(await problemOf('conflict', start(both))).toMatch(
          /"port" of "nuclio" in the section/,
        )
      })
    } finally {
      other.close()
    }
  })

  it('says what was wrong with its file, and goes on without it', async () => {
    await withFolder({ 'cvat.json': '{"server":' }, async (folder) => {
      const log = createSilentLog()
      const options = {
        ...optionsFrom({ SUGGEST_CVAT: '{"port":0}' }),
        file: join(folder, 'cvat.json'),
      }
      const plugin = await openPlugin(options, { log, version: '0' })
      await plugin.close()
      expect(JSON.stringify(log)).toMatch(/cvat\.json was damaged and is now/)
    })
  })
})
