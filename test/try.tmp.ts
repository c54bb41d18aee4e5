import { createPixelEngine } from './fakes/pixel-engine.ts'
import { runReplay } from '@suggestive/sidecar/cli/replay'
import { demoCommand } from '@suggestive/sidecar/cli/demo'
const engine = createPixelEngine()
const t0 = performance.now()
await demoCommand(process.argv.slice(2), {
  openEngine: async () => engine, usualProfile: async () => 'quick',
  on: (e) => { if (['plan','stage','measured','time','written','warning'].includes(e.kind)) console.log(JSON.stringify(e)) },
  print: (t) => process.stdout.write(t), signal: new AbortController().signal, version: '0.1.0',
})
console.log((performance.now()-t0)/1000)
