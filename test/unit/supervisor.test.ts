/** The supervisor: when a crashed process starts again, and when it does not. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { type KeepEvents, type Kept, keepRunning } from '@suggestive/sidecar/supervisor/keep'
import { createRestarts } from '@suggestive/sidecar/supervisor/restarts'
import { withFolder } from '../support/folders.ts'

describe('restarts', () => {
  it('wait twice as long after each crash, a minute at most', () => {
    const restarts = createRestarts()
    const delays = Array.from({ length: 8 }, (_, i) => restarts.crashed(1000 * i).delayMs / 1000)
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  })

  it('are a crash loop from the fifth crash within ten minutes', () => {
    const restarts = createRestarts()
    const minutes = [0, 1, 2, 3, 9.9]
    expect(minutes.map((at) => restarts.crashed(60_000 * at).isLoop)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
    expect(restarts.isCalm(60_000 * 19)).toBe(false)
    expect(restarts.isCalm(60_000 * 20)).toBe(true)
  })

  it('are no crash loop when they are far apart', () => {
    const restarts = createRestarts()
    const minutes = [0, 3, 6, 9, 12, 15, 18]
    expect(minutes.map((at) => restarts.crashed(60_000 * at).isLoop)).not.toContain(true)
    expect(restarts.crashed(60_000 * 60).delayMs).toBe(1000)
  })
})

/** What happened, in order; timers run twenty times as fast. */
async function watch(
  code: string,
  use: (kept: Kept, until: (event: string) => Promise<void>) => Promise<void>,
): Promise<string[]> {
  const said: string[] = []
  await withFolder({ 'child.mjs': code }, async (folder) => {
    const say = (text: string) => {
      said.push(text)
    }
    const events: KeepEvents = {
      onReady: (address) => say(`ready ${address}`),
      onRefused: (sentence, exitCode) => say(`refused ${exitCode} ${sentence}`),
      onCrash: (how, delayMs, isLoop) => say(`crash ${how} ${delayMs}${isLoop ? ' loop' : ''}`),
      onCalm: () => say('calm'),
      onEnd: () => say('end'),
    }
    const kept = keepRunning(
      {
        fork: () => fork(join(folder, 'child.mjs'), { execArgv: [], stdio: 'ignore' }),
        now: () => performance.now(),
        later(action, delayMs) {
          const timer = setTimeout(action, delayMs / 20)
          return () => clearTimeout(timer)
        },
      },
      events,
    )
    const until = async (event: string) => {
      while (!said.some((text) => text.startsWith(event))) await sleep(5)
    }
    try {
      await use(kept, until)
    } finally {
      await kept.stop(4000)
    }
  })
  return said
}

const ready = `process.send({ kind: 'ready', address: 'here' });`
const stay = 'setInterval(() => {}, 1000);'

describe('a kept process', () => {
  it('is started again when it was killed', async () => {
    const said = await watch(ready + stay, async (kept, until) => {
      await until('ready')
      process.kill(kept.pid ?? 0, 'SIGKILL')
      await until('crash')
      while (kept.pid === undefined) await sleep(5)
    })
    expect(said.slice(0, 2)).toEqual(['ready here', 'crash SIGKILL 1000'])
  })

  it('that cannot start is not started again', async () => {
    const refusing = `process.send({ kind: 'refused', sentence: 'No.', exitCode: 2 }, () => process.exit(2))`
    const said = await watch(refusing, async (_, until) => {
      await until('refused')
      await sleep(120)
    })
    expect(said).toEqual(['refused 2 No.'])
  })

  it('that ends by itself is not started again', async () => {
    expect(await watch('process.exit(0)', (_, until) => until('end'))).toEqual(['end'])
  })

  it('that does not listen is killed in the end', async () => {
    const deaf = `process.on('SIGTERM', () => {});${ready}${stay}`
    const start = performance.now()
    const said = await watch(deaf, (_, until) => until('ready'))
    expect(said).toEqual(['ready here'])
    expect(performance.now() - start).toBeLessThan(4000)
  })

  it('gets messages while it runs', async () => {
    const echo = `process.on('message', ({ key }) => process.send({ kind: 'ready', address: key }));${ready}`
    const said = await watch(echo, async (kept, until) => {
      await until('ready here')
      kept.send({ kind: 'clear', key: 'told' })
      await until('ready told')
    })
    expect(said).toEqual(['ready here', 'ready told'])
  })
})
