/**
 * Proves in a child process that a built engine computes: a convolution against a plain loop, then 50 steps of Adam on
 * a filter that is to become another, recorded as a graph like the engine's own.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { bindingFile, tensorflowEnvironment } from './binding.ts'
import { run } from './command.ts'
import { Graph } from './graph.ts'
import { sliding } from './kernels.ts'
import { assign, variable } from './variables.ts'

export interface SmokeResult {
  readonly version: string
  readonly gpu: boolean
}

const SIDE = 8
const FROM = 3
const TO = 4
const image = Float32Array.from({ length: SIDE * SIDE * FROM }, (_, i) => Math.sin(i))
const start = Float32Array.from({ length: 9 * FROM * TO }, (_, i) => Math.cos(2 * i) / 4)

/** A program of its own, so that it needs no loader; its library dies with it. */
const PROGRAM = `
const [file, folder] = process.argv.slice(1)
const library = require(file)
const model = library.loadSavedModel(folder, 'serve,')
const values = (name) => {
  const [result] = library.runSavedModel(model, [], '', name + ':0')
  return Array.from(library.tensorDataSync(result.id))
}
values('initialise')
const convolution = values('convolution')
const losses = Array.from({ length: 50 }, () => values('train')[0])
const gpu = library.isUsingGpuDevice()
console.log(JSON.stringify({ version: library.TF_Version, gpu, convolution, losses }))
`

export async function smokeTest(engine: string): Promise<SmokeResult> {
  const folder = await mkdtemp(join(tmpdir(), 'smoke-test-'))
  try {
    await writeFile(join(folder, 'saved_model.pb'), smokeGraph().encode())
    const settings = Object.entries(tensorflowEnvironment(2)).map(
      ([name, value]) => `${name}=${value}`,
    )
    const program = [process.execPath, '-e', PROGRAM, bindingFile(engine), folder]
    return judge(await run('run the smoke test', 'env', [...settings, ...program]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function smokeGraph(): Graph {
  const graph = new Graph()
  const x = graph.constant([1, SIDE, SIDE, FROM], image)
  const shape = [3, 3, FROM, TO]
  const target = graph.constant(shape, new Float32Array(start.length).fill(0.1))
  const goal = graph.node('Conv2D', [x, target], sliding(1, 'SAME'))
  const [filter, moment, velocity] = ['filter', 'moment', 'velocity'].map((name) =>
    variable(graph, name, shape),
  )
  if (!filter || !moment || !velocity) throw new Error('three variables were made')
  const zeros = graph.constant(shape, new Float32Array(start.length))
  const assignments = [
    assign(graph, filter, graph.constant(shape, start)),
    assign(graph, moment, zeros),
    assign(graph, velocity, zeros),
  ]
  const y = graph.node('Conv2D', [x, filter.value], sliding(1, 'SAME'), { name: 'convolution' })
  const error = graph.node('Sub', [y, goal])
  const loss = graph.reduce('Mean', graph.node('Square', [error]), [0, 1, 2, 3])
  const inputs = [x, graph.integers(...shape), error]
  const slope = graph.node('Conv2DBackpropFilter', inputs, sliding(1, 'SAME'))
  const update = graph.node('ResourceApplyAdam', [
    ...[filter.handle, moment.handle, velocity.handle],
    ...[0, 0, 0.02, 0.9, 0.999, 1e-8].map((value) => graph.scalar(value)),
    slope,
  ])
  graph.node('Identity', [loss], undefined, { name: 'train', after: [update] })
  graph.node('Identity', [zeros], undefined, { name: 'initialise', after: assignments })
  return graph
}

function judge(printed: string): SmokeResult {
  const result: unknown = JSON.parse(printed.trim().split('\n').at(-1) ?? '')
  const { version, gpu, convolution, losses } = result as SmokeResult & {
    readonly convolution: readonly number[]
    readonly losses: readonly number[]
  }
  const expected = convolve()
  const error = Math.max(
    ...expected.map((value, i) => Math.abs(value - (convolution[i] ?? Number.NaN))),
  )
  const [first = Number.NaN, last = Number.NaN] = [losses[0], losses.at(-1)]
  if (!(error < 1e-4) || !(last < 0.5 * first))
    throw new Problem(
      'engine-unavailable',
      `TensorFlow ${version} computes wrongly here (a convolution is off by ${error}, a loss goes from ${first} to ${last}); use the onnx engine.`,
    )
  return { version, gpu }
}

/** The convolution by loops: zero padding, 3 x 3. */
function convolve(): readonly number[] {
  const y: number[] = []
  const pixel = (row: number, column: number, c: number) =>
    row < 0 || column < 0 || row >= SIDE || column >= SIDE
      ? 0
      : (image[(row * SIDE + column) * FROM + c] ?? 0)
  for (let i = 0; i < SIDE * SIDE * TO; i++) {
    const [row, column, k] = [Math.floor(i / TO / SIDE), Math.floor(i / TO) % SIDE, i % TO]
    let sum = 0
    for (let t = 0; t < 9 * FROM; t++) {
      const [dy, dx, c] = [Math.floor(t / FROM / 3) - 1, (Math.floor(t / FROM) % 3) - 1, t % FROM]
      sum += pixel(row + dy, column + dx, c) * (start[t * TO + k] ?? 0)
    }
    y.push(sum)
  }
  return y
}
