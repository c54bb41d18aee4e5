/** Checks that a parsed JSON value is a model header of ours before anybody relies on it. */
import type { MemberRecord, ModelHeader, Normalisation } from './model.ts'
import type { Settings } from './settings.ts'

type Check = (value: unknown) => boolean
type Checks<Shape> = { readonly [Key in keyof Required<Shape>]: Check }

const isText: Check = (value) => typeof value === 'string'
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const isNumber: Check = (value) => Number.isFinite(value)
const isPositive: Check = (value) => Number.isFinite(value) && Number(value) > 0
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const oneOf =
  (...words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value)
const listOf =
  (check: Check, least = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every(check)
const shape =
  <Shape>(checks: Checks<Shape>): Check =>
  (value) =>
    wrongField(checks, value) === undefined

/** A scale is used for dividing sizes: 1, 1/2, 1/4 or 1/8. */
const isScale = oneOf(1, 0.5, 0.25, 0.125)

const settings: Checks<Settings> = {
  profile: oneOf('quick', 'balanced', 'paper'),
  network: oneOf('fcn', 'unet'),
  members: isPositive,
  width: isPositive,
  iterations: isPositive,
  crop: isPositive,
  batch: isPositive,
  learningRate: isPositive,
  warmUp: isCount,
  scale: (value) => value === 'from-labels' || isScale(value),
  batchNormMomentum: isNumber,
  classWeights: oneOf('none', 'frequency'),
}

const normalisation: Checks<Normalisation> = {
  low: isNumber,
  high: isNumber,
  mean: listOf(isNumber, 1),
  deviation: listOf(isPositive, 1),
}

const member: Checks<MemberRecord> = {
  sample: listOf(isText),
  bestIteration: isCount,
  heldOutDice: optional(isNumber),
  finalLoss: isNumber,
}

const isClassValues: Check = (value) =>
  Array.isArray(value) &&
  value.length >= 2 &&
  value[0] === 0 &&
  value.every((v, i) => isCount(v) && v <= 255 && (i === 0 || v > value[i - 1]))

const header: Checks<ModelHeader> = {
  format: oneOf(1),
  settings: shape(settings),
  classValues: isClassValues,
  channels: oneOf(1, 3),
  scale: isScale,
  normalisation: shape(normalisation),
  seed: isNumber,
  round: isCount,
  heldOut: listOf(isText),
  members: listOf(shape(member), 1),
  warnings: listOf(isText),
  engine: isText,
}

function wrongField<Shape>(checks: Checks<Shape>, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the whole header'
  const fields = new Map(Object.entries(value))
  const wrong = Object.entries<Check>(checks).find(([key, check]) => !check(fields.get(key)))
  return wrong?.[0]
}

/**
 * The name of the first field that is missing or makes no sense, e.g. `normalisation`; `undefined`
 * for a header of format 1. Fields that are not known are left alone.
 */
export function wrongHeaderField(value: unknown): string | undefined {
  const wrong = wrongField(header, value)
  if (wrong !== undefined || !isHeader(value)) return wrong
  const { channels, normalisation: scaling } = value
  const fits =
    scaling.mean.length === channels &&
    scaling.deviation.length === channels &&
    scaling.high > scaling.low
  return fits ? undefined : 'normalisation'
}

/** True for a value that passes every check of `wrongHeaderField`'s table. */
export function isHeader(value: unknown): value is ModelHeader {
  return wrongField(header, value) === undefined
}
