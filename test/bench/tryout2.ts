import { draws } from '@suggestive/sidecar/domain/random'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { initialParameters, initialStatistics } from '@suggestive/sidecar/engine/initialise'
import { createOnnxBackend } from '@suggestive/sidecar/engine/onnx/backend'
import { eagerGradients } from '../support/eager.ts'

const net = fcn({ width: 1 / 16, classes: 2, channels: 3 })
const p = initialParameters(net, (n) => draws(1, n))
const noise = draws(2, 'n')
for (let i = 0; i < p.length; i++) p[i] = (p[i] ?? 0) + 0.1 * noise.normal(i)
const z = () => new Float32Array(p.length)
const [B, S] = [2, 32]
let t = performance.now()
const d = draws(2, 'x')
const x = Float32Array.from({ length: B * S * S * 3 }, (_, i) => d.normal(i))
const y = new Float32Array(B * S * S * 2)
for (let i = 0; i < B * S * S; i++) y[2 * i + ((x[3 * i] ?? 0) > 0 ? 1 : 0)] = 1
const shape = { batch: B, height: S, width: S }
const be = createOnnxBackend({ threads: 1 })
const s = await be.train(
  net,
  shape,
  { parameters: p, moment: z(), velocity: z(), statistics: initialStatistics(net), iteration: 0 },
  0.9,
)
console.log('compile', performance.now() - t)
t = performance.now()
const g = await s.gradients(x, y)
console.log('grads', performance.now() - t)
t = performance.now()
const e = await eagerGradients(net, shape, p, x, y)
console.log('eager', performance.now() - t)
console.log(g.loss, e.loss)
let at = 0
for (const q of net.parameters) {
  const n = q.shape.reduce((a, b) => a * b, 1)
  let m = 0,
    dd = 0
  for (let i = at; i < at + n; i++) {
    m = Math.max(m, Math.abs(e.gradients[i]!))
    dd = Math.max(dd, Math.abs(e.gradients[i]! - g.gradients[i]!))
  }
  at += n
  if (dd / m > 1e-5 || !(m > 0))
    console.log(q.name, q.shape.join(), m.toExponential(2), (dd / m).toExponential(1))
}
