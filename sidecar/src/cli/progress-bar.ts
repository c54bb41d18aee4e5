/** The updating line on a terminal. */
import { duration, plural } from '../app/report/format.ts'
import type { CommandEvent } from './context.ts'
import type { Progress, ProgressStream } from './progress.ts'

/** Characters of the bar itself. */
const BAR = 20

const MS_BETWEEN_DRAWINGS = 100

/** What a person sees of an event that stays on the screen; undefined for one that only moves the bar. */
function lastingLine(event: CommandEvent): string | undefined {
  switch (event.kind) {
    case 'warning':
      return `warning: ${event.sentence}`
    case 'note':
      return event.sentence
    case 'engine':
      return `engine: ${event.engine} ${event.version} on ${event.device}, ${plural(event.threads, 'thread')} (${event.why})`
    case 'plan':
      return `${plural(event.trainings, 'ensemble')} to train; ${event.pool} images to annotate, ${event.test} to test on`
    case 'measured':
      return `${event.stage}, seed ${event.seed}, ${percent(event.fraction)} annotated: Dice ${event.dice.toFixed(3)} (${duration(event.seconds)})`
    case 'written':
      return `written: ${event.name}`
    default:
      return undefined
  }
}

/** What is known about the work that goes on. */
interface Standing {
  readonly stage?: string
  readonly member?: string
  /** 0..1 of what the bar shows. */
  readonly share?: number
  readonly count?: string
  readonly loss?: number
  readonly dice?: number
  /** Of the training or the prediction that goes on. */
  readonly secondsLeft?: number
  /** Of a whole replay. */
  readonly allSecondsLeft?: number
}

/** The standing after an event. @param secondsPassed since the first image of a prediction was done */
function after(
  { stage, member, dice, allSecondsLeft }: Standing,
  event: CommandEvent,
  secondsPassed: number,
): Standing | undefined {
  const kept = {
    ...(stage === undefined ? {} : { stage }),
    ...(allSecondsLeft === undefined ? {} : { allSecondsLeft }),
  }
  switch (event.kind) {
    case 'stage': {
      const { training, trainings, images, fraction } = event
      const what = `${event.stage} ${training}/${trainings}, ${plural(images, 'image')} (${percent(fraction)})`
      return { ...kept, stage: what }
    }
    case 'iteration': {
      const { iteration, iterations, loss, secondsLeft } = event
      const name = `member ${event.member + 1}/${event.members}`
      return {
        ...kept,
        member: name,
        // Another member's figure would mislead.
        ...(dice === undefined || name !== member ? {} : { dice }),
        share: iteration / iterations,
        count: `${iteration}/${iterations}`,
        loss,
        secondsLeft,
      }
    }
    case 'predicted': {
      const { done, total } = event
      const shown = { ...kept, share: done / total, count: `${done}/${total} images` }
      if (done < 2) return shown
      return { ...shown, secondsLeft: (secondsPassed / (done - 1)) * (total - done) }
    }
    default:
      return undefined
  }
}

/** One line of at most `columns` characters. */
function barLine(standing: Standing, columns: number): string {
  const { stage, member, share, count, loss, dice, secondsLeft, allSecondsLeft } = standing
  const left = allSecondsLeft ?? secondsLeft
  const parts = [
    stage,
    member,
    share === undefined ? undefined : bar(share),
    count,
    loss === undefined ? undefined : `loss ${loss.toFixed(3)}`,
    dice === undefined ? undefined : `held-out Dice ${dice.toFixed(3)}`,
    left === undefined ? undefined : `${duration(left)} left`,
  ]
  const line = parts.filter((part) => part !== undefined).join('  ')
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`
}

function bar(share: number): string {
  const full = Math.round(BAR * Math.min(1, Math.max(0, share)))
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}]`
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(0)} %`
}

const CLEAR = '\r\u001b[2K'

export function createBar(stream: ProgressStream, now: () => number): Progress {
  let standing: Standing = {}
  let drawn = Number.NEGATIVE_INFINITY
  let began = 0
  let isOpen = false
  const draw = () => {
    // One column stays free: a full line would make some terminals scroll.
    stream.write(`${CLEAR}${barLine(standing, (stream.columns ?? 80) - 1)}`)
    isOpen = true
    drawn = now()
  }
  return {
    on(event) {
      if (event.kind === 'predicted' && event.done === 1) began = now()
      const next = after(standing, event, (now() - began) / 1000)
      if (event.kind === 'check') standing = { ...standing, dice: event.dice }
      if (event.kind === 'time') standing = { ...standing, allSecondsLeft: event.secondsLeft }
      if (next !== undefined) standing = next
      const line = lastingLine(event)
      if (line !== undefined) stream.write(`${isOpen ? CLEAR : ''}${line}\n`)
      const isDue = now() - drawn >= MS_BETWEEN_DRAWINGS
      if ((line !== undefined && isOpen) || (next !== undefined && isDue)) draw()
    },
    close() {
      if (isOpen) stream.write(CLEAR)
      isOpen = false
    },
  }
}
