/** Reads the project's sources as text for the architecture test: no compiler, so nothing can be skipped silently. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly lines: number
  /** Without comments and blank lines. */
  readonly codeLines: number
  /** Without comments; contents of strings and templates are blank. */
  readonly code: string
  /** What it imports: paths from the root for own files, else the specifier. */
  readonly imports: readonly string[]
}

const skipped = new Set(['node_modules', 'dist'])

/** All TypeScript and JavaScript files below the given folders. */
export function readSources(root: URL, folders: readonly string[]): Source[] {
  const read = (folder: string): Source[] =>
    readdirSync(new URL(`${folder}/`, root), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : read(path)
      return /\.[jt]sx?$/.test(entry.name)
        ? [source(path, readFileSync(new URL(path, root), 'utf8'))]
        : []
    })
  return folders.flatMap(read)
}

export function source(path: string, text: string): Source {
  const { code, strings } = strip(text)
  const imports = [...code.matchAll(/\b(?:from|import|require)\s*\(?\s*(["'])(\d+)\1/g)].map(
    ([, , index]) => resolve(path, strings[Number(index)] ?? ''),
  )
  const blank = code.replaceAll(/(["'])\d+\1/g, '$1$1')
  const codeLines = code.split('\n').filter((line) => line.trim() !== '').length
  return { path, lines: text.split('\n').length - 1, codeLines, code: blank, imports }
}

function resolve(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  const own = /^@suggestive\/([^/]+)\/(.+)$/.exec(specifier)
  return own === null ? specifier : `${own[1]}/src/${own[2]}.ts`
}

/** A comment, a string, a template without its ${...}, or a regular expression where one may stand. */
const lexeme =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[(,=:[!&|?{};\n>]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*|`|\$\{|[{}]/g

/** Takes comments out and puts each string's number in its place. */
function strip(text: string): { code: string; strings: string[] } {
  const strings: string[] = []
  /** For every open brace: does a template go on after it? */
  const open: boolean[] = []
  let code = ''
  let at = 0
  lexeme.lastIndex = 0
  for (let match = lexeme.exec(text); match !== null; match = lexeme.exec(text)) {
    const [found] = match
    code += text.slice(at, match.index)
    at = match.index + found.length
    if (found.startsWith("'") || found.startsWith('"')) {
      code += `'${strings.push(found.slice(1, -1)) - 1}'`
    } else if (found === '`' || (found === '}' && open.pop() === true)) {
      at = templateEnd(text, at)
      code += text.startsWith('${', at - 2) ? '`${' : '``'
      if (code.endsWith('${')) open.push(true)
      lexeme.lastIndex = at
    } else if (found === '{' || found === '}') {
      code += found
      if (found === '{') open.push(false)
    } else if (found === '${') {
      code += found
    } else if (!found.startsWith('//') && !found.startsWith('/*')) {
      code += '/ /'
    }
  }
  return { code: code + text.slice(at), strings }
}

/** Behind the end of a template or behind its next `${`. */
function templateEnd(text: string, start: number): number {
  const end = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{)/y
  end.lastIndex = start
  return end.test(text) ? end.lastIndex : text.length
}
