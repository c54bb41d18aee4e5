/** `npm run bench -- NAME`: measures what the product promises about time and memory. */
import { Problem } from '@suggestive/shared/problem'

const usage = `Usage: npm run bench -- BENCH [options]

  train    one training step of the full-size network against PyTorch on the same processor
  select   the suggestion rule on large pools
  round    one \`quick\` round (4 members, 40 labelled images): time and resident memory
  quality  Dice on unseen images of a folder, or of a generated set
  rle      masks of Label Studio and CVAT: time and size
  serve    the server: reads a second, what arrives, and memory of large projects
  coverage kinds of generated images that the suggestion covers, against the baselines

Options of each bench: npm run bench -- BENCH --help
Valid figures are kept in test/bench/report.md and report.json.
`

/** Each returns the exit code. */
const benches: Readonly<Record<string, () => Promise<(options: string[]) => Promise<number>>>> = {
  train: async () => (await import('./train.ts')).benchTraining,
  select: async () => (await import('./select.ts')).benchSelection,
  round: async () => (await import('./round.ts')).benchRound,
  quality: async () => (await import('./quality.ts')).benchQuality,
  rle: async () => (await import('./rle.ts')).benchRle,
  serve: async () => (await import('./serve.ts')).benchServe,
  coverage: async () => (await import('./coverage.ts')).benchCoverage,
}

async function main(words: readonly string[]): Promise<number> {
  const [name = '--help', ...options] = words
  if (name === '--help' || name === '-h') {
    process.stdout.write(usage)
    return 0
  }
  const bench = benches[name]
  if (bench === undefined)
    throw new Problem(
      'wrong-use',
      `There is no bench "${name}"; choose ${Object.keys(benches).join(', ')}.`,
    )
  return (await bench())(options)
}

// Ends through `exit`, so that temporary folders are removed; peers end with their input.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isProblem = error instanceof Problem
  process.stderr.write(
    `${isProblem ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.exitCode = isProblem ? error.exitCode : 1
}
