import { afterEach, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { callThread, type Thread, workerBeside } from '@suggestive/sidecar/thread/call'
import { problemOf } from '../support/problems.ts'
import type { Target } from '../support/thread-target.ts'

const file = workerBeside(new URL('../support/x.ts', import.meta.url).href, 'thread-target')
const open: Thread<Target>[] = []

async function start(data: unknown = undefined) {
  const notices: unknown[] = []
  const exits: Problem[] = []
  const thread = await callThread<Target>(file, {
    name: 'the test',
    failure: 'storage-failed',
    remedy: 'start again',
    data,
    moved: ['sum'],
    onNotice: (value) => notices.push(value),
    onExit: (problem) => exits.push(problem),
  })
  open.push(thread)
  return { ...thread, notices, exits }
}

describe('a thread', () => {
  afterEach(async () => {
    for (const thread of open.splice(0)) await thread.kill()
  })

  it('runs methods and brings back what they return or throw', async () => {
    const { port } = await start()
    expect(await Promise.all([port.add(1, 2), port.add(3, 4)])).toEqual([3, 7])
    const problem = await port.fail('conflict').catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem).toMatchObject({
      kind: 'conflict',
      message: 'It is taken.',
      status: 409,
      errors: [{ pointer: '/id', detail: 'taken' }],
    })
    const plain = await port.fail('plain').catch((error: unknown) => error)
    expect(plain).not.toBeInstanceOf(Problem)
    expect(plain).toMatchObject({ message: 'plain trouble' })
    const method = (name: string) => Reflect.get(port, name)
    await expect(method('missing')()).rejects.toThrow('no method missing')
    await expect(method('add')(Symbol('not data'))).rejects.toThrow('could not be cloned')
  })

  it('tells progress in order and before the result', async () => {
    const { port } = await start()
    const steps: number[] = []
    expect(await port.count(3, (step) => steps.push(step))).toBe(3)
    expect(steps).toEqual([1, 2, 3])
  })

  it('hands on an abort, also one from before the call', async () => {
    const { port } = await start()
    const [first, second] = [new AbortController(), new AbortController()]
    const waiting = [port.wait('first', first.signal), port.wait('second', second.signal)]
    second.abort()
    expect(await waiting[1]).toBe('second stopped')
    first.abort()
    expect(await waiting[0]).toBe('first stopped')
    expect(await port.wait('late', AbortSignal.abort())).toBe('late stopped')
  })

  it('copies arrays unless they are given away', async () => {
    const { port } = await start()
    expect(await port.give()).toEqual(new Uint8Array([1, 2, 3]))
    expect(await port.isEmptied()).toBe(false)
    expect((await port.giveAway()).parts.get('a')).toEqual(new Uint8Array([1, 2, 3]))
    expect(await port.isEmptied()).toBe(true)
    const mine = new Uint8Array([4, 5])
    const window = new Uint8Array([9, 4, 5]).subarray(1)
    expect([await port.sum(window), await port.sum(mine)]).toEqual([9, 9])
    expect([window.length, mine.length]).toEqual([2, 0])
  })

  it('says things that belong to no call, and closes its target before it ends', async () => {
    const { port, close, notices, exits } = await start()
    await port.announce('hello')
    await close()
    expect(notices).toEqual(['hello', 'closed'])
    expect(exits).toEqual([])
    const sentence = await problemOf('storage-failed', () => port.add(1, 2))
    expect(sentence).toContain('the test')
  })

  it('that dies fails all that is pending, every later call, and says so once', async () => {
    const { port, exits } = await start()
    const pending = port.wait('long', new AbortController().signal)
    const dying = port.exit(3)
    const sentence = await problemOf('storage-failed', () => pending)
    expect(sentence).toBe('The thread of the test ended unexpectedly (exit code 3); start again.')
    await problemOf('storage-failed', () => dying)
    await problemOf('storage-failed', () => port.add(1, 2))
    expect(exits.map(({ message }) => message)).toEqual([sentence])
  })

  it('that cannot start throws what its target threw', async () => {
    expect(await problemOf('corrupt-store', () => start('refuse'))).toBe('It is damaged.')
  })
})
