/** The suggestion rule as a peer of the benchmark: `select_ours.ts FOLDER memory|stream`; see interleave.ts and pool.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { selectCommand } from '@suggestive/sidecar/cli/select'
import { tableOf } from '@suggestive/sidecar/domain/descriptor-table'
import { readNpy } from '@suggestive/sidecar/domain/npy'
import { type Suggestion, suggest } from '@suggestive/sidecar/domain/select'
import { files } from '../pool.ts'

const [folder = '', mode = 'memory'] = process.argv.slice(2)
const [uncertainty, descriptors] = [
  join(folder, files.uncertainty),
  join(folder, files.descriptors),
]
const answer = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)

/** The arrays are in memory before the first step. */
function inMemory(): () => Promise<Suggestion> {
  const scores = readNpy(readFileSync(uncertainty), uncertainty).values
  const { values, shape } = readNpy(readFileSync(descriptors), descriptors)
  const data = values instanceof Float32Array ? values : Float32Array.from(values)
  const table = tableOf(data, shape[1] ?? 0)
  return () => suggest({ uncertainty: scores, descriptors: table, k: 8, candidates: 16 })
}

/** The command as people call it: every step reads the files. */
async function fromFiles(): Promise<Suggestion> {
  let text = ''
  await selectCommand(['--uncertainty', uncertainty, '--descriptors', descriptors], (part) => {
    text += part
  })
  return JSON.parse(text)
}

const choose = mode === 'stream' ? fromFiles : inMemory()
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
answer({ ready: `${mode === 'stream' ? 'suggest select' : 'arrays in memory'}, 1 thread` })
for await (const _ of createInterface({ input: process.stdin })) {
  const cpuStartMs = cpuMs()
  const start = performance.now()
  const { rows } = await choose()
  const wallMs = performance.now() - start
  const peakMiB = process.resourceUsage().maxRSS / 1024
  answer({ rows, wallMs, cpuStartMs, cpuEndMs: cpuMs(), peakMiB })
}
