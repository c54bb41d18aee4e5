/** Masks of Label Studio and CVAT: time to encode and decode, and what they weigh. */
import { decodeMask } from '@suggestive/plugin-cvat/codec/mask-decode'
import { encodeRuns } from '@suggestive/plugin-cvat/codec/mask-encode'
import { encodeGraded } from '@suggestive/plugin-labelstudio/codec/graded'
import { prelabelFrom } from '@suggestive/plugin-labelstudio/codec/prelabel'
import { decodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-decode'
import { encodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-encode'
import { componentsOf } from '@suggestive/shared/components'
import { fillEllipse } from '@suggestive/shared/ellipse'
import { runsOf } from '@suggestive/shared/mask'
import { parseOptions, wholeNumber } from './options.ts'
import { load } from './quiet.ts'
import { table, writeSection } from './report.ts'
import { milliseconds, spread } from './spread.ts'

const usage = `Usage: npm run bench -- rle [options]

Masks of separate ellipses, 1024 x 1024 with at least 200 of them in <= 15 ms for Label Studio and <= 5 ms for CVAT.

  --objects N  least number of objects, default 200
  --steps N    measurements, default 20

Example: npm run bench -- rle --objects 400
`

const mostMs = 15
const mostCvatMs = 5
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

/** Exit code 1 when the bar is missed; a busy machine may take its time. */
export async function benchRle(words: readonly string[]): Promise<number> {
  const options = parseOptions('rle', words, {
    help: { type: 'boolean', short: 'h', default: false },
    objects: { type: 'string', default: '200' },
    steps: { type: 'string', default: '20' },
  })
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const objects = wholeNumber('objects', options.objects, 1)
  const steps = wholeNumber('steps', options.steps, 1)
  const atStart = load()
  const sizes = [512, 1024, 2048].map((size) => measure(size, objects, steps))
  const text = [
    `Masks of at least ${objects} objects; medians of ${steps} after three warm-ups; load per core at the start ` +
      `${atStart.perCore.toFixed(2)}.`,
    table([
      [
        'image',
        'objects',
        'encode',
        'decode',
        'bytes',
        'graded encode',
        'graded bytes',
        'polygons',
        'CVAT encode',
        'CVAT decode',
        'CVAT numbers',
      ],
      ...sizes.map((one) => [
        `${one.size} x ${one.size}`,
        `${one.objects}`,
        milliseconds(one.encode),
        milliseconds(one.decode),
        `${one.bytes}`,
        milliseconds(one.graded),
        `${one.gradedBytes}`,
        milliseconds(one.polygons),
        milliseconds(one.cvatEncode),
        milliseconds(one.cvatDecode),
        `${one.cvatNumbers}`,
      ]),
    ]),
  ].join('\n\n')
  process.stdout.write(`${text}\n`)
  const isReached = sizes.every(
    ({ size, encode, cvatEncode }) =>
      size > 1024 || (encode.median <= mostMs && cvatEncode.median <= mostCvatMs),
  )
  const busy = !atStart.isQuiet && !isReached
  const verdict = isReached ? 'reached' : 'missed'
  say(
    `<= ${mostMs} ms (CVAT ${mostCvatMs} ms) for 1024 x 1024: ${busy ? 'not judged on a busy machine' : verdict}.`,
  )
  if (atStart.isQuiet) say(`Kept in ${writeSection('rle', { text, figures: { sizes } })}.`)
  else say('The machine was busy: the figures are not kept.')
  return isReached || busy ? 0 : 1
}

function measure(size: number, least: number, steps: number) {
  const data = ellipses(size, least)
  const map = {
    width: size,
    height: size,
    data: data.map((value, i) => (value === 0 ? i % 40 : 255 - (i % 40))),
  }
  const mask = runsOf({ width: size, height: size, data })
  const [runs = []] = mask.layers.map((layer) => layer.runs)
  const bytes = encodeBrush(runs)
  const list = [...bytes]
  const points = encodeRuns(runs, size) ?? []
  const configuration = {
    image: 'image',
    dataKey: 'image',
    classes: [{ id: 1, name: 'A' }],
    controls: [{ name: 'poly', shape: 'polygon', labels: ['A'] }],
    leftOut: [],
  } as const
  const polygon = {
    shape: 'polygon',
    isGraded: false,
    probabilities: new Map(),
    scores: new Map(),
    lines: [],
    idPrefix: 'r',
  } as const
  return {
    size,
    objects: componentsOf(runs, size).length,
    bytes: bytes.length,
    gradedBytes: encodeGraded(map).length,
    encode: timed(steps, () => encodeBrush(runs)),
    decode: timed(steps, () => decodeBrush(list, size, size)),
    graded: timed(steps, () => encodeGraded(map)),
    polygons: timed(steps, () => prelabelFrom(mask, configuration, polygon)),
    cvatEncode: timed(steps, () => encodeRuns(runs, size)),
    cvatDecode: timed(steps, () => decodeMask(points, { width: size, height: size })),
    cvatNumbers: points.length,
  }
}

/** A grid with gaps, so that none touch. */
function ellipses(size: number, least: number): Uint8Array {
  const data = new Uint8Array(size * size)
  const side = Math.ceil(Math.sqrt(least))
  const cell = size / side
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [((i % side) + 0.5) * cell, (Math.floor(i / side) + 0.5) * cell]
    const ellipse = { x, y, radiusX: 0.45 * cell, radiusY: 0.3 * cell, degrees: 37 * i }
    fillEllipse(ellipse, size, size, (start, end) => data.fill(1, start, end))
  }
  return data
}

function timed(steps: number, step: () => unknown) {
  const times: number[] = []
  for (let i = -3; i < steps; i++) {
    const start = performance.now()
    step()
    if (i >= 0) times.push(performance.now() - start)
  }
  return spread(times)
}
