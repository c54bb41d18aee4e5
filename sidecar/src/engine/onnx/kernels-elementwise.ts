/** Recorded element by element: the layout of the inputs is kept. */
import type { TensorInfo } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from './kernel.ts'
import type { Recorder } from './recorder.ts'

/** Name of an operand of a channel-first operation: vectors over channels become [C,1,1]. */
function operand(recorder: Recorder, x: TensorInfo, channelsFirst: boolean): string {
  if (!channelsFirst) return recorder.name(x)
  if (x.shape.length === 4) return recorder.name(x, 'channels-first')
  const [c = 1] = x.shape
  if (x.shape.length === 0 || c === 1) return recorder.name(x)
  const { graph } = recorder
  return graph.operation('Reshape', [recorder.name(x), graph.integers([c, 1, 1])])
}

function binary(kernelName: string, operator: string) {
  kernel(kernelName, ({ recorder, input }) => {
    const [a, b] = [input('a'), input('b')]
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape)
    const channelsFirst =
      shape.length === 4 &&
      [a, b].some((t) => recorder.layoutOf(t) === 'channels-first') &&
      [a, b].every((t) => t.shape.length === 4 || t.shape.length <= 1)
    const names = [operand(recorder, a, channelsFirst), operand(recorder, b, channelsFirst)]
    const layout = channelsFirst ? 'channels-first' : 'row'
    return recorder.tensor(recorder.graph.operation(operator, names), shape, layout)
  })
}

function unary(kernelName: string, record: (recorder: Recorder, x: string) => string) {
  kernel(kernelName, ({ recorder, inputs: [x] }) => {
    if (x === undefined) throw new Error(`${kernelName} has no input`)
    const layout = recorder.layoutOf(x)
    return recorder.tensor(record(recorder, recorder.name(x, layout)), x.shape, layout)
  })
}

/** Lifts every positive activation above 1e-30 to at least 1. */
const LARGE = 1e30

export function registerElementwise() {
  binary('Add', 'Add')
  binary('Sub', 'Sub')
  binary('Multiply', 'Mul')
  binary('RealDiv', 'Div')
  for (const name of ['Relu', 'Exp', 'Log', 'Sqrt']) {
    unary(name, ({ graph }, x) => graph.operation(name, [x]))
  }
  unary('Rsqrt', ({ graph }, x) => graph.operation('Reciprocal', [graph.operation('Sqrt', [x])]))
  unary('Square', ({ graph }, x) => graph.operation('Mul', [x, x]))
  // 1 where positive, 0 elsewhere, for outputs of ReLU. `Sign` says the same at three times the cost.
  unary('Step', ({ graph }, x) =>
    graph.operation('Clip', [
      graph.operation('Mul', [x, graph.scalar(LARGE)]),
      graph.scalar(0),
      graph.scalar(1),
    ]),
  )
}
