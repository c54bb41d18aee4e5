/** The benchmark's report: report.json keeps the last valid figures of every bench, report.md shows them. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, platform } from 'node:os'
import { join } from 'node:path'

export interface Section {
  /** Markdown without a heading. */
  readonly text: string
  /** The same figures for programs; objects and numbers only, so that any formatter leaves the file as it is. */
  readonly figures: unknown
}

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly system: string
  readonly node: string
}

function machine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    system: `${platform()} ${arch()}`,
    node: process.version,
  }
}

/** Replaces the section of one bench and keeps the others; returns the path of report.md. */
export function writeSection(bench: string, section: Section): string {
  const json = join(import.meta.dirname, 'report.json')
  const markdown = join(import.meta.dirname, 'report.md')
  const kept: Record<string, Section & { date: string; machine: Machine }> = existsSync(json)
    ? JSON.parse(readFileSync(json, 'utf8'))
    : {}
  kept[bench] = { date: new Date().toISOString().slice(0, 10), machine: machine(), ...section }
  const chapters = Object.entries(kept).map(([name, { date, machine: m, text }]) =>
    [
      `## \`npm run bench -- ${name}\``,
      `${date}, ${m.processor}, ${m.cores} cores, ${m.system}, Node ${m.node}.`,
      text,
    ].join('\n\n'),
  )
  replace(json, `${JSON.stringify(kept, null, 2)}\n`)
  replace(markdown, `# Benchmarks\n\nWritten by \`npm run bench\`.\n\n${chapters.join('\n\n')}\n`)
  return markdown
}

/** A markdown table; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}
