/** What a command says while it works. */
import { describe, expect, it } from '@jest/globals'
import type { CommandEvent } from '@suggestive/sidecar/cli/context'
import { createProgress } from '@suggestive/sidecar/cli/progress'

/** A stream that remembers, and a clock that is set by hand. */
function recorded(isTerminal: boolean, columns = 120) {
  const written: string[] = []
  const clock = { ms: 0 }
  const stream = { columns, write: (text: string) => written.push(text) }
  const progress = createProgress(stream, { isTerminal, now: () => clock.ms })
  return { ...progress, written, clock }
}

/** What a terminal shows: lines above, and the line with the cursor. */
function screen(written: readonly string[]): string[] {
  const lines = ['']
  const text = written.join('').replaceAll('\r\u001b[2K', '\r')
  for (const part of text.split(/(\r|\n)/)) {
    if (part === '\n') lines.push('')
    else if (part === '\r') lines[lines.length - 1] = ''
    else lines[lines.length - 1] += part
  }
  return lines
}

const iteration = (iteration: number, member = 0): CommandEvent => ({
  kind: 'iteration',
  member,
  members: 4,
  iteration,
  iterations: 300,
  loss: 0.25,
  secondsLeft: 90,
})

/** One of every kind. */
const everything: readonly CommandEvent[] = [
  { kind: 'note', sentence: '8 annotated images' },
  { kind: 'engine', engine: 'onnx', version: '1.30.0', device: 'cpu', threads: 2, why: 'as asked' },
  { kind: 'warning', sentence: 'Only 3 labelled images.' },
  { kind: 'plan', pool: 20, test: 5, pixels: 1000, trainings: 7 },
  {
    kind: 'stage',
    stage: 'suggestive',
    seed: 1,
    round: 2,
    images: 24,
    fraction: 0.25,
    training: 3,
    trainings: 7,
    resumed: false,
  },
  iteration(120),
  { kind: 'check', member: 0, iteration: 120, dice: 0.8125 },
  { kind: 'predicted', of: 'test', done: 1, total: 5 },
  {
    kind: 'measured',
    stage: 'suggestive',
    seed: 1,
    round: 2,
    fraction: 0.25,
    dice: 0.79,
    seconds: 61,
  },
  { kind: 'time', secondsLeft: 7200 },
  { kind: 'written', name: 'report.html' },
]

describe('progress without a terminal', () => {
  it('writes every kind of event as one JSON line', () => {
    const { on, close, written } = recorded(false)
    for (const event of everything) on(event)
    close()
    expect(written.every((text) => text.endsWith('\n') && text.split('\n').length === 2)).toBe(true)
    expect(written.map((text) => JSON.parse(text))).toEqual(everything)
  })

  it('writes iterations at most once per second, and every check and every last one', () => {
    const { on, clock, written } = recorded(false)
    for (let i = 1; i <= 300; i++) {
      clock.ms = i * 10
      on(iteration(i))
      if (i % 60 === 0) on({ kind: 'check', member: 0, iteration: i, dice: 0.5 })
    }
    const events = written.map((text) => JSON.parse(text))
    const numbers = (kind: string) =>
      events.filter((event) => event.kind === kind).map((event) => event.iteration)
    expect(numbers('iteration')).toEqual([1, 101, 201, 300])
    expect(numbers('check')).toEqual([60, 120, 180, 240, 300])
  })

  it('writes predicted images at most once per second, and the last one', () => {
    const { on, clock, written } = recorded(false)
    for (let done = 1; done <= 30; done++) {
      clock.ms = done * 100
      on({ kind: 'predicted', of: 'pool', done, total: 30 })
    }
    expect(written.map((text) => JSON.parse(text).done)).toEqual([1, 11, 21, 30])
  })
})

describe('progress on a terminal', () => {
  it('updates one line with bar, member, iteration, loss, held-out Dice and time left', () => {
    const { on, clock, written } = recorded(true)
    on(iteration(1))
    on({ kind: 'check', member: 0, iteration: 119, dice: 0.8125 })
    clock.ms = 200
    on(iteration(150))
    expect(screen(written)).toEqual([
      'member 1/4  [##########----------]  150/300  loss 0.250  held-out Dice 0.813  2 min left',
    ])
  })

  it('does not show the Dice of another member', () => {
    const { on, clock, written } = recorded(true)
    on(iteration(300))
    on({ kind: 'check', member: 0, iteration: 300, dice: 0.8125 })
    clock.ms = 200
    on(iteration(1, 1))
    expect(screen(written).join()).toMatch(
      /^member 2\/4 {2}\[-{20}\] {2}1\/300 {2}loss 0.250 {2}2 min/,
    )
  })

  it('draws at most ten times per second', () => {
    const { on, clock, written } = recorded(true)
    for (let i = 1; i <= 100; i++) {
      clock.ms = i * 10
      on(iteration(i))
    }
    expect(written.length).toBe(10)
  })

  it('lets warnings and results stay above the line', () => {
    const { on, clock, written } = recorded(true)
    for (const event of everything) {
      clock.ms += 200
      on(event)
    }
    const lines = screen(written)
    expect(lines).toEqual([
      '8 annotated images',
      'engine: onnx 1.30.0 on cpu, 2 threads (as asked)',
      'warning: Only 3 labelled images.',
      '7 ensembles to train; 20 images to annotate, 5 to test on',
      'suggestive, seed 1, 25 % annotated: Dice 0.790 (1 min)',
      'written: report.html',
      expect.stringMatching(/^suggestive 3\/7, 24 images \(25 %\) .*1\/5 images .*2 h left$/),
    ])
  })

  it('says how long a whole replay takes once that is known', () => {
    const { on, clock, written } = recorded(true)
    on({ kind: 'time', secondsLeft: 7200 })
    clock.ms = 200
    on(iteration(10))
    expect(screen(written).join()).toMatch(/loss 0.250 {2}2 h left$/)
  })

  it('says how long a prediction takes', () => {
    const { on, clock, written } = recorded(true)
    for (let done = 1; done <= 3; done++) {
      clock.ms += 6000
      on({ kind: 'predicted', of: 'pool', done, total: 9 })
    }
    // Two images in 12 s.
    expect(screen(written).join()).toMatch(/3\/9 images {2}36 s left$/)
  })

  it('never writes more than the terminal is wide', () => {
    const { on, clock, written } = recorded(true, 40)
    for (const event of everything.filter(({ kind }) => /stage|iteration|check/.test(kind))) {
      clock.ms += 200
      on(event)
    }
    const [line = ''] = screen(written)
    expect(line).toHaveLength(39)
    expect(line).toMatch(/…$/)
  })

  it('leaves nothing behind when it is closed', () => {
    const { on, close, written } = recorded(true)
    on(iteration(1))
    close()
    expect(screen(written)).toEqual([''])
    close()
    expect(written).toHaveLength(2)
  })
})
