/** The training benchmark as markdown and as figures. */
import type { Plan, Timing } from './interleave.ts'
import { type Parity, TOLERANCE } from './parity.ts'
import { type Section, table } from './report.ts'
import { milliseconds } from './spread.ts'
import type { Task } from './task.ts'

/** What a run of the bench found. */
export interface TrainingResult {
  readonly task: Task
  readonly plan: Plan
  /** One-minute load average per core at the start. */
  readonly load: number
  readonly timings: readonly Timing[]
  readonly unavailable: readonly string[]
  /** By peer; absent without a reference. */
  readonly parity: ReadonlyMap<string, Parity>
  /** Why no ratio may be printed; empty if it may. */
  readonly objections: readonly string[]
}

/** Largest time relative to PyTorch that each engine may take. */
const bars: Readonly<Record<string, number>> = { onnx: 1.4, tensorflow: 1.0 }

export function trainingSection(result: TrainingResult, reference: string): Section {
  const { task, plan, timings, parity, objections, unavailable } = result
  const base = timings.find((timing) => timing.name === reference)
  const ratio = (timing: Timing, kind: 'wall' | 'cpu'): number | undefined =>
    base === undefined || objections.length > 0 || parity.get(timing.name)?.passed === false
      ? undefined
      : timing[kind].median / base[kind].median
  const shown = (value: number | undefined) => value?.toFixed(2) ?? 'none'
  const bar = (timing: Timing) => {
    const [most, wall] = [bars[timing.name], ratio(timing, 'wall')]
    if (most === undefined || wall === undefined) return ''
    return `<= ${most.toFixed(1)}: ${wall <= most ? 'reached' : 'missed'}`
  }
  const text = [
    `One training step (forward, backward, Adam, running statistics) of the FCN of width ${task.networkWidth}, batch ` +
      `${task.batch} of ${task.height}x${task.width}x${task.channels}, ${task.threads} threads each; ${plan.warmUps} ` +
      `warm-ups, ${plan.measurements} measurements, interleaved one peer at a time; load per core at the start ` +
      `${result.load.toFixed(2)}. Medians.`,
    table([
      [
        'peer',
        'wall time of a step',
        'CPU time',
        'wall ratio',
        'CPU ratio',
        'bar',
        'peak memory',
        'CPU while idle',
      ],
      ...timings.map((t) => [
        `${t.name} (${t.version})`,
        milliseconds(t.wall),
        milliseconds(t.cpu),
        shown(ratio(t, 'wall')),
        shown(ratio(t, 'cpu')),
        bar(t),
        `${Math.round(t.peakMiB)} MiB`,
        `${t.idleCpuMs.toFixed(0)} ms`,
      ]),
    ]),
    ...[...parity].map(
      ([name, p]) =>
        `${p.passed ? 'Same net' : 'NOT THE SAME NET'}: ${name} against ${reference}, largest relative difference of ` +
        `the losses of ${task.parityLosses - 1} Adam steps ${p.loss.toExponential(1)}, of the outputs ` +
        `${p.outputs.toExponential(1)} (at most ${TOLERANCE}). Losses ${p.losses}.`,
    ),
    ...unavailable.map((sentence) => `Left out: ${sentence}`),
    ...(objections.length === 0 ? [] : [`No ratio: ${objections.join('; ')}.`]),
  ].join('\n\n')
  const figures = {
    task,
    plan,
    loadPerCore: result.load,
    peers: Object.fromEntries(
      timings.map((t) => [
        t.name,
        {
          version: t.version,
          wall: t.wall,
          cpu: t.cpu,
          wallRatio: ratio(t, 'wall') ?? 'none',
          cpuRatio: ratio(t, 'cpu') ?? 'none',
          idleCpuMs: t.idleCpuMs,
          peakMiB: t.peakMiB,
        },
      ]),
    ),
    parity: Object.fromEntries(parity),
  }
  return { text, figures }
}
