import { describe, expect, it } from '@jest/globals'
import { parseJson } from '@suggestive/shared/json'
import { problemOf } from '../support/problems.ts'

describe('JSON', () => {
  it('is parsed', () => {
    expect(parseJson(' {"a": [1, -2.5e3, "x\\u00e4", true, null, {}]} ', 'It')).toEqual({
      a: [1, -2500, 'xä', true, null, {}],
    })
  })

  it.each([
    ['', 'it ends too early in line 1, column 1'],
    ['{"a": [1, 2}', '"}" is unexpected in line 1, column 12'],
    ['{\n "a": 1,\n}', '"}" is unexpected in line 3, column 1'],
    ['[1, 2,]', '"]" is unexpected in line 1, column 7'],
    ['{"a" 1}', '"1" is unexpected in line 1, column 6'],
    ["{'a': 1}", `"'" is unexpected in line 1, column 2`],
    ['[01]', '"1" is unexpected in line 1, column 3'],
    ['[tru]', '"t" is unexpected in line 1, column 2'],
    ['["a\nb"]', '"\\n" is unexpected in line 1, column 4'],
    ['["\\x"]', '"\\\\" is unexpected in line 1, column 3'],
    ['["abc', 'it ends too early in line 1, column 6'],
    ['{"a": 1} x', '"x" is unexpected in line 1, column 10'],
    ['[1] ]', '"]" is unexpected in line 1, column 5'],
    ['[[[', 'it ends too early in line 1, column 4'],
    ['NaN', '"N" is unexpected in line 1, column 1'],
  ])('%j is broken there', async (text, where) => {
    expect(await problemOf('wrong-use', () => parseJson(text, 'It'))).toContain(where)
  })

  it('names the place in a text of many megabytes', async () => {
    const text = `["${'x'.repeat(5_000_000)}", ${'['.repeat(1000)}`
    expect(await problemOf('wrong-use', () => parseJson(text, 'It'))).toContain('column 5001006')
  })
})
