/** `suggest doctor`: what it says of machines that lack something. */
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { lines } from '@suggestive/sidecar/cli/doctor'
import { diskCheck, memoryCheck, nodeCheck } from '@suggestive/sidecar/cli/doctor-checks'
import { withFolder } from '../support/folders.ts'

describe('suggest doctor', () => {
  it.each([
    ['18.20.8', 'broken'],
    ['20.18.3', 'broken'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
    ['24.21.0', 'ok'],
  ])('knows whether Node %s will do: %s', (version, state) => {
    expect(nodeCheck(version).state).toBe(state)
  })

  it('says for which profiles the memory is enough', () => {
    expect(memoryCheck(16e9, 8e9)).toEqual({
      name: 'memory',
      state: 'ok',
      finding: '16.0 GB, of which 8.0 GB are free',
    })
    expect(memoryCheck(1.5e9, 1e9)).toMatchObject({ state: 'note' })
    expect(memoryCheck(1.5e9, 1e9).finding).toMatch(/not for paper$/)
    expect(memoryCheck(0.5e9, 1e8).finding).toMatch(/training may need 1\.0 GB$/)
  })

  it('says where nothing can be written', async () => {
    await withFolder({ file: 'not a folder' }, async (folder) => {
      const [temporary, here] = await diskCheck(join(folder, 'file'), folder)
      expect(temporary?.state).not.toBe('broken')
      expect(temporary?.finding).toMatch(/^\d+\.\d GB are free in /)
      expect(here?.state).toBe('broken')
    })
  })

  it('prints a line per check', () => {
    expect(
      lines([
        { name: 'node', state: 'ok', finding: '20.20.2' },
        { name: 'this folder', state: 'broken', finding: 'Cannot write.' },
      ]),
    ).toBe('ok      node         20.20.2\nbroken  this folder  Cannot write.\n')
  })
})
