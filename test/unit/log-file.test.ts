import { appendFileSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { openLog, rotateLog } from '@suggestive/sidecar/supervisor/log-file'
import { withFolder } from '../support/folders.ts'

it('a log that has grown too large is begun again while its writers go on', () =>
  withFolder({}, async (folder) => {
    const path = join(folder, 'logs', 'a.log')
    const file = openLog(path, 100)
    writeSync(file, 'x'.repeat(60))
    rotateLog(path, 100)
    expect(statSync(path).size).toBe(60)
    writeSync(file, 'y'.repeat(60))
    rotateLog(path, 100)
    writeSync(file, 'z')
    expect(readFileSync(path, 'utf8')).toBe('z')
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('x'.repeat(60) + 'y'.repeat(60))
  }))

it('a log that is too large already is put aside when it is opened', () =>
  withFolder({ 'a.log': 'old' }, async (folder) => {
    const path = join(folder, 'a.log')
    writeSync(openLog(path, 2), 'new')
    appendFileSync(path, 'er')
    expect(readFileSync(path, 'utf8')).toBe('newer')
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('old')
  }))
