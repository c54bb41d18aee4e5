/** Dice of an ensemble on held-back images of a folder: every fifth in name order is test, the rest trains. */

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { countPixels, mean, meanForegroundDice } from '@suggestive/sidecar/domain/metrics'
import { type ProfileName, profiles } from '@suggestive/sidecar/domain/settings'
import { RemoteEngine } from '@suggestive/sidecar/engine/remote'
import { labelledSources } from '@suggestive/sidecar/folder'

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    masks: { type: 'string' },
    profile: { type: 'string', default: 'quick' },
    seed: { type: 'string', default: '1' },
    set: { type: 'string', default: '{}' },
    kinds: { type: 'string' },
    engine: { type: 'string', default: 'onnx' },
    threads: { type: 'string', default: '2' },
    limit: { type: 'string' },
  },
})
const { sources, classValues } = await labelledSources(values.images ?? '', values.masks ?? '')
const kinds = new Map(
  values.kinds === undefined
    ? []
    : readFileSync(values.kinds, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((l) => {
          const f = l.split(',')
          return [f[0] ?? '', f[2] ?? ''] as const
        }),
)
const test = sources.filter((_, i) => i % 5 === 0)
const train = sources.filter((_, i) => i % 5 !== 0)
const settings = { ...profiles[values.profile as ProfileName], ...JSON.parse(values.set) }
const engine = new RemoteEngine({
  engine: values.engine as 'onnx',
  threads: Number(values.threads),
})
const signal = new AbortController().signal
let t = performance.now()
const model = await engine.train(
  { images: train, settings, classValues, seed: Number(values.seed), round: 1, ...(process.env['CK'] ? { checkpoints: process.env['CK'] } : {}) },
  (e) => {
    if (e.kind === 'check')
      console.error(`m${e.member} it${e.iteration} heldout ${e.dice.toFixed(3)}`)
    if (e.kind === 'warning') console.error(e.sentence)
    if (e.kind === 'iteration' && e.iteration % 50 === 0)
      console.error(
        `m${e.member} it${e.iteration} loss ${e.loss.toFixed(3)} left ${e.secondsLeft.toFixed(0)} s`,
      )
  },
  signal,
)
const trainSeconds = (performance.now() - t) / 1000
t = performance.now()
const rows = []
for (const source of test) {
  const truth = await source.readMask()
  const p = await engine.predict(model, await source.readPicture(), signal)
  if (process.env['DUMP']) { const { default: sharp } = await import('sharp'); const pic = await source.readPicture(); const w=pic.width,h=pic.height; const o = new Uint8Array(w*3*h*3); for (let y=0;y<h;y++) for(let x=0;x<w;x++) for(let c=0;c<3;c++){ o[(y*w*3+x)*3+c]=pic.data[(y*w+x)*pic.channels+(pic.channels===3?c:0)]??0; o[(y*w*3+w+x)*3+c]=255*(truth.data[y*w+x]??0); o[(y*w*3+2*w+x)*3+c]=(p.probability[0]?.[y*w+x]??0)>>8 } await sharp(o,{raw:{width:w*3,height:h,channels:3}}).resize({width:384}).png().toFile(`${process.env['DUMP']}/${source.name}.png`) }
  rows.push({
    name: source.name,
    kind: kinds.get(source.name) ?? '',
    dice: meanForegroundDice(countPixels(p.mask, truth, classValues.length)),
    u: p.uncertainty,
  })
}
const byKind: Record<string, typeof rows> = {}
for (const r of rows) (byKind[r.kind] ??= []).push(r)
console.error(rows.map((r) => `${r.name} ${r.kind} ${r.dice.toFixed(3)}`).join('\n'))
console.log(
  JSON.stringify({
    seed: values.seed,
    set: values.set,
    dice: +mean(rows.map((r) => r.dice)).toFixed(4),
    kinds: Object.fromEntries(
      Object.entries(byKind).map(([k, v]) => [k, +mean((v ?? []).map((r) => r.dice)).toFixed(3)]),
    ),
    scale: model.header.scale,
    trainSeconds: +trainSeconds.toFixed(0),
    predictSeconds: +((performance.now() - t) / 1000).toFixed(1),
    members: model.header.members.map((m) => `${m.bestIteration}:${m.heldOutDice?.toFixed(3)}`),
    n: rows.length,
  }),
)
await engine.close()
