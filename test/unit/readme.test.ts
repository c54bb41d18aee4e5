import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { settingsSchema, wordSettings } from '@suggestive/sidecar/config/schema'
import { profiles } from '@suggestive/sidecar/domain/settings'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

describe('the README', () => {
  it('has the settings of every profile in its table', () => {
    const rows = [...readme.matchAll(/^\| `(\w+)`[^|]*\|(.*)\|$/gm)]
      .filter(([, name = '']) => Object.hasOwn(profiles, name))
      .map(([, name, cells = '']) => [name, ...cells.split('|').map((cell) => cell.trim())])
    const fraction = (width: number) => (width === 1 ? '1' : `1/${1 / width}`)
    const expected = Object.values(profiles).map((settings) => [
      settings.profile,
      fraction(settings.width),
      ...[settings.iterations, settings.crop, settings.batch, settings.learningRate].map(String),
      settings.scale === 'from-labels' ? 'from the labels' : String(settings.scale),
    ])
    expect(rows).toEqual(expected)
  })

  it('has every setting of the server in its table, with its default', () => {
    const [, table = ''] = /^\| setting \|(.*?)\n\n/ms.exec(readme) ?? []
    const { data: usual } = settingsSchema.safeParse({})
    for (const name of wordSettings) {
      expect(table).toContain(`\`${name}\``)
      const value = usual?.[name]
      if (value !== undefined) expect(table).toContain(String(value))
    }
  })

  it('names no file that is absent', () => {
    for (const [, path = ''] of readme.matchAll(/`([\w./-]+\.md|LICENSE|\.ci\/run)`/g))
      expect(() => readFileSync(new URL(`../../${path}`, import.meta.url))).not.toThrow()
  })
})
