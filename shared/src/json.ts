/** JSON texts, and where they are broken. */
import { Problem } from './problem.ts'

/**
 * The value of a JSON text.
 *
 * @param name what it is, as the subject of the sentence, e.g. `The body`
 * @throws Problem `wrong-use` that names line and column
 */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const at = faultIn(text)
    const before = text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    const found =
      at < text.length ? `${JSON.stringify(text[at])} is unexpected` : 'it ends too early'
    throw new Problem(
      'wrong-use',
      `${name} is not JSON: ${found} in line ${line}, column ${column}. Send valid JSON in UTF-8.`,
      { cause },
    )
  }
}

const space = /[ \t\n\r]*/y
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const word = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y

type Expected = 'value' | 'first-item' | 'first-key' | 'key' | 'colon' | 'comma' | 'end'

/** Position of the first character that no JSON text can have there. Engines differ in whether they tell. */
function faultIn(text: string): number {
  const open: ('[' | '{')[] = []
  let expected: Expected = 'value'
  let at = 0
  const after = (): Expected => (open.length === 0 ? 'end' : 'comma')
  for (;;) {
    at = match(space, text, at) ?? at
    const character = text[at]
    if (character === undefined) return at
    const closes = open.at(-1) === '[' ? ']' : '}'
    const mayClose = expected === 'comma' || expected.startsWith('first')
    if (mayClose && character === closes && (expected !== 'comma' || open.length > 0)) {
      open.pop()
      expected = after()
      at++
    } else if (expected === 'comma' && character === ',') {
      expected = open.at(-1) === '[' ? 'value' : 'key'
      at++
    } else if (expected === 'colon' && character === ':') {
      expected = 'value'
      at++
    } else if (expected === 'key' || expected === 'first-key') {
      const end = endOfString(text, at)
      if (end.fault) return end.at
      expected = 'colon'
      at = end.at
    } else if (expected !== 'value' && expected !== 'first-item') {
      return at
    } else if (character === '[' || character === '{') {
      open.push(character)
      expected = character === '[' ? 'first-item' : 'first-key'
      at++
    } else if (character === '"') {
      const end = endOfString(text, at)
      if (end.fault) return end.at
      expected = after()
      at = end.at
    } else {
      const end = match(word, text, at)
      if (end === undefined) return at
      expected = after()
      at = end
    }
  }
}

/** A loop, because a pattern would keep one state for each character. */
function endOfString(
  text: string,
  start: number,
): { readonly fault: boolean; readonly at: number } {
  if (text[start] !== '"') return { fault: true, at: start }
  let at = start + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return { fault: false, at: at + 1 }
    if (at >= text.length || code < 0x20) return { fault: true, at }
    if (code !== 0x5c) at++
    else {
      const end = match(escaped, text, at)
      if (end === undefined) return { fault: true, at }
      at = end
    }
  }
}

/** @returns the position behind the match at exactly this place */
function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
