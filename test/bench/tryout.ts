import { draws } from '@suggestive/sidecar/domain/random'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { initialParameters, initialStatistics } from '@suggestive/sidecar/engine/initialise'
import { createOnnxBackend } from '@suggestive/sidecar/engine/onnx/backend'

const [W, B, S] = [
  Number(process.argv[2] ?? 0.25),
  Number(process.argv[3] ?? 4),
  Number(process.argv[4] ?? 128),
]
const net = fcn({ width: W, classes: 2, channels: 3 })
const p = initialParameters(net, (n) => draws(1, n))
console.log('params', p.length)
const z = () => new Float32Array(p.length)
const spin = process.argv[5] === 'spin'
const be = createOnnxBackend({ threads: 2, spinning: spin })
let t = performance.now()
const s = await be.train(
  net,
  { batch: B, height: S, width: S },
  { parameters: p, moment: z(), velocity: z(), statistics: initialStatistics(net), iteration: 0 },
  0.9,
)
console.log('compile', performance.now() - t)
const d = draws(2, 'x')
const x = Float32Array.from({ length: B * S * S * 3 }, (_, i) => d.normal(i))
const y = new Float32Array(B * S * S * 2)
for (let i = 0; i < B * S * S; i++) y[2 * i + ((x[3 * i] ?? 0) > 0 ? 1 : 0)] = 1
for (let i = 0; i < 12; i++) {
  t = performance.now()
  const c = process.cpuUsage()
  const l = await s.step(x, y, 1e-2)
  const u = process.cpuUsage(c)
  console.log(
    l.toFixed(5),
    (performance.now() - t).toFixed(0),
    'cpu',
    ((u.user + u.system) / 1e3).toFixed(0),
  )
}
const st = await s.state()
t = performance.now()
const pr = await be.predictor(net, S, S, { parameters: st.parameters, statistics: st.statistics })
console.log('predictor', performance.now() - t)
for (let i = 0; i < 4; i++) {
  t = performance.now()
  const r = await pr.predict(x.slice(0, S * S * 3))
  console.log(r.probabilities.slice(0, 4), r.descriptor.length, performance.now() - t)
}
console.log('rss', process.memoryUsage().rss / 1e6)
