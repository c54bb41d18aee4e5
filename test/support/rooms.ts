/** The rules of the house: which room may know which, and what belongs to one room only. */
import { posix } from 'node:path'
import type { Source } from './source.ts'

const domain = ['shared', 'sidecar/domain']
/** What implements a port or reads the disk; these do not know each other. */
const adapter = [...domain, 'sidecar/ports', 'sidecar/system-code']

/** Room: rooms that it may import; itself always. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  'plugin-labelstudio': ['shared'],
  'plugin-cvat': ['shared'],
  'sidecar/domain': ['shared'],
  'sidecar/system-code': [],
  'sidecar/ports': domain,
  'sidecar/config': [...domain, 'sidecar/system-code'],
  /** Talks to people in a browser as `http` talks to programs. */
  'sidecar/page': [...domain, 'sidecar/ports', 'sidecar/app', 'sidecar/http'],
  /** Keeps processes running; knows nothing of what they do. */
  'sidecar/supervisor': ['shared'],
  'sidecar/app': [...domain, 'sidecar/ports'],
  'sidecar/http': [...domain, 'sidecar/ports', 'sidecar/app'],
  'sidecar/engine': adapter,
  'sidecar/thread': ['shared'],
  'sidecar/store': [...adapter, 'sidecar/thread'],
  'sidecar/jobs': adapter,
  'sidecar/intake': [...adapter, 'sidecar/thread'],
  'sidecar/workshop': [
    ...adapter,
    'sidecar/images',
    'sidecar/engine',
    'sidecar/store',
    'sidecar/thread',
  ],
  'sidecar/images': adapter,
  'sidecar/listing': [...adapter, 'sidecar/images'],
  'sidecar/folder': [...adapter, 'sidecar/images', 'sidecar/listing'],
}

/** The rooms that put the others together: they may import everything in the sidecar. */
const assemblers = ['sidecar/main', 'sidecar/cli']

/** Single arrows that are allowed against the table. */
const exceptions: Readonly<Record<string, string>> = {
  'sidecar/src/engine/checkpoint.ts -> sidecar/src/store/files.ts':
    'a checkpoint is a file that must not be seen half-written',
}

/** Packages that only one place may import. */
const reserved: readonly { readonly package: RegExp; readonly room: RegExp }[] = [
  { package: /^@tensorflow\/|^onnxruntime/, room: /^sidecar\/src\/engine\// },
  { package: /^axios$/, room: /^shared\/src\/http\.ts$/ },
  { package: /^sharp$/, room: /^sidecar\/src\/images\.ts$/ },
  {
    package: /(^|[/:])sqlite3?$|^(better-sqlite3|pg|postgres|kysely|knex|libsql|drizzle-orm)$/,
    room: /^sidecar\/src\/store\//,
  },
]

/** The pure rooms compute: of Node they may use what neither reads, writes nor waits. */
const pure = ['sidecar/domain', 'sidecar/app', 'sidecar/ports']
const computing = /^node:(crypto|zlib|buffer|util|events)$/

/** Code that only some files may contain. */
const phrases: readonly {
  readonly phrase: RegExp
  readonly name: string
  readonly allowed: (path: string) => boolean
}[] = [
  {
    phrase: /\bprocess\s*(\.\s*env|\[)/,
    name: 'process.env',
    allowed: (path) =>
      /\/(config|main|cli|worker|child)\.ts$|^sidecar\/src\/engine\/tensorflow\/install\.ts$|^sidecar\/bin\/|^test\//.test(
        path,
      ),
  },
  { phrase: /\bMath\s*\.\s*random\b/, name: 'Math.random', allowed: () => false },
  {
    phrase: /\bDate\b|\bperformance\b|\bset(Timeout|Interval|Immediate)\b/,
    name: 'a clock',
    allowed: (path) => !pure.includes(roomOf(path)),
  },
  {
    phrase: /\bas\s+any\b|[:<|&,(]\s*any\s*[>)\],;=[|&]|<any>/,
    name: 'any',
    allowed: () => false,
  },
  {
    phrase: /\)\s+as\s+(?!const\b)\w|\w\s+as\s+(?!const\b)[A-Z{[]/,
    name: 'a cast',
    allowed: (path) => !pure.includes(roomOf(path)),
  },
  { phrase: /\bexport\s+default\b/, name: 'a default export', allowed: isToolFile },
  {
    phrase: /\bexport\s+(type\s+)?(\*|\{[^}]*\}\s*from)/,
    name: 'a re-export',
    allowed: () => false,
  },
]

/** Files that a tool loads and expects to have a default export. */
function isToolFile(path: string): boolean {
  return /^test\/support\/\w+\.js$/.test(path)
}

/** Files above 300 lines and why. */
const long: Readonly<Record<string, string>> = {
  'sidecar/src/ports/store.ts': 'a port is read as a whole',
}

/** `sidecar/domain` for `sidecar/src/domain/x.ts`, `sidecar/images` for `sidecar/src/images.ts`, else the top folder. */
export function roomOf(path: string): string {
  const [top = '', folder = '', third = ''] = path.split('/')
  if (top !== 'sidecar') return top
  return folder === 'src' ? `sidecar/${third.replace(/\.ts$/, '')}` : `sidecar/${folder}`
}

/** One sentence for each broken rule. */
export function violations(source: Source): string[] {
  return [
    ...source.imports.flatMap((target) => arrowViolation(source.path, target)),
    ...phrases
      .filter(({ phrase, allowed }) => phrase.test(source.code) && !allowed(source.path))
      .map(({ name }) => `${source.path} contains ${name}`),
    ...formViolations(source),
  ]
}

function arrowViolation(from: string, to: string): string[] {
  const wrong = [`${from} -> ${to}`]
  const rule = reserved.find((one) => one.package.test(to))
  if (rule !== undefined && !rule.room.test(from) && !from.startsWith('test/')) return wrong
  const room = roomOf(from)
  if (room === 'test' || room === 'sidecar/bin') return []
  const isFile = posix.extname(to) === '.ts' && to.includes('/src/')
  if (!isFile) return pure.includes(room) && !computing.test(to) ? wrong : []
  const target = roomOf(to)
  if (target === room || `${from} -> ${to}` in exceptions) return []
  if (assemblers.includes(room)) return /^(sidecar|shared)\b/.test(target) ? [] : wrong
  return arrows[room]?.includes(target) ? [] : wrong
}

function formViolations({ path, lines }: Source): string[] {
  const found: string[] = []
  const name = posix.basename(path).replace(/\.\w+$/, '')
  if (/(^|-)(utils?|helpers?|common|misc|manager|index)$/.test(name))
    found.push(`${path} is named after nothing`)
  if (!/^[a-z0-9]+([-._][a-z0-9]+)*$/.test(name)) found.push(`${path} is not in kebab-case`)
  if (lines > 300 && !(path in long)) found.push(`${path} has ${lines} lines`)
  const room = roomOf(path)
  const known = room in arrows || assemblers.includes(room) || /^test$|^sidecar\/bin$/.test(room)
  if (!known) found.push(`${path} is in no room of the table`)
  return found
}
