import { describe, expect, it } from '@jest/globals'
import { createBoard } from '@suggestive/shared/bridge/board'
import { labelChanges } from '@suggestive/shared/bridge/label-changes'
import { createLoop } from '@suggestive/shared/bridge/loop'
import { createMirror } from '@suggestive/shared/bridge/mirror'
import { reasonOf } from '@suggestive/shared/bridge/reason'
import { sideBySide } from '@suggestive/shared/bridge/side-by-side'
import type { LabelRecord } from '@suggestive/shared/protocol/label'
import { problemReport, reportKey } from '@suggestive/shared/protocol/problem-report'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const { signal } = new AbortController()

describe('reasonOf', () => {
  const row = { rank: 3, taskKey: '7', imageDigest: null, batch: 1, gain: 1 }
  const seven = { round: 7, origin: 'round' } as const
  it.each([
    [
      { uncertainty: 0.1, represents: 41 },
      seven,
      'rank 3 of round 7: members disagree; represents 41 similar images',
    ],
    [
      { uncertainty: 0.1, represents: 1 },
      seven,
      'rank 3 of round 7: members disagree; represents 1 similar image',
    ],
    [{ uncertainty: null, represents: null }, seven, 'rank 3 of round 7'],
    [
      { uncertainty: null, represents: 2 },
      { round: null, origin: 'cold-start' } as const,
      'rank 3: unlike the images before it; represents 2 similar images',
    ],
  ])('says why: %j %j', (facts, queue, line) => {
    expect(reasonOf({ ...row, ...facts }, queue)).toBe(line)
  })
})

describe('labelChanges', () => {
  const record = (externalId: string, more: Partial<LabelRecord> = {}): LabelRecord => ({
    id: 1,
    identity: 'x',
    taskKey: '7',
    externalId,
    version: 3,
    seenVersion: 5,
    annotator: 'ann',
    seconds: null,
    finishedAt: null,
    receivedAt: '2026-11-24T12:00:00.000Z',
    outcome: 'empty',
    groundTruth: false,
    beforeConnection: false,
    prelabel: null,
    ...more,
  })
  const label = (externalId: string, version: number) => ({
    taskKey: '7',
    externalId,
    version,
    annotator: 'ann',
    seconds: null,
    outcome: 'empty' as const,
    groundTruth: false,
  })
  const known = (...records: LabelRecord[]) => new Map(records.map((one) => [one.externalId, one]))
  const versions = (...given: Parameters<typeof labelChanges>) =>
    labelChanges(...given).map(({ externalId, outcome, version }) => [externalId, outcome, version])
  const now = (...labels: ReturnType<typeof label>[]) => ({ taskKey: '7', labels, faults: [] })

  it('deletes what is missing, newer than everything that was seen of it', () => {
    expect(versions(now(label('a', 9)), known(record('b')))).toEqual([
      ['a', 'empty', 9],
      ['b', 'deleted', 6],
    ])
    expect(versions(now(), known(record('b', { outcome: 'deleted' })))).toEqual([])
  })

  it('deletes nothing of a task that could not be read whole', () => {
    expect(versions({ ...now(), faults: ['cut off'] }, known(record('b')))).toEqual([])
  })

  it('makes what is back newer than its deletion', () => {
    const deleted = known(record('a', { outcome: 'deleted' }))
    expect(versions(now(label('a', 4)), deleted)).toEqual([['a', 'empty', 6]])
    expect(versions(now(label('a', 8)), deleted)).toEqual([['a', 'empty', 8]])
    expect(versions(now(label('a', 4)), known(record('a')))).toEqual([['a', 'empty', 4]])
  })

  it('takes the last of two that have one id', () => {
    expect(versions(now(label('a', 1), label('a', 2)))).toEqual([['a', 'empty', 2]])
  })
})

describe('createLoop', () => {
  it('never runs twice at a time, and runs once more for all that came meanwhile', async () => {
    let runs = 0
    let running = 0
    const loop = createLoop(async () => {
      expect(++running).toBe(1)
      await turn()
      runs++
      running--
    })
    const first = loop.run()
    const others = [loop.run(), loop.run(), loop.run()]
    await first
    expect(runs).toBe(1)
    await Promise.all(others)
    expect(runs).toBe(2)
    void loop.run()
    await loop.idle()
    expect(runs).toBe(3)
  })

  it('is idle only after the run that follows', async () => {
    let runs = 0
    const loop = createLoop(async () => {
      await turn()
      runs++
    })
    void loop.run()
    void loop.run()
    await loop.idle()
    expect(runs).toBe(2)
  })
})

describe('sideBySide', () => {
  it('keeps to the number, does all, and ends with the first failure', async () => {
    let running = 0
    let most = 0
    const done: number[] = []
    const items = Array.from({ length: 20 }, (_, i) => i)
    const work = async (item: number) => {
      most = Math.max(most, ++running)
      await turn()
      running--
      if (item === 30) throw new Error('thirty')
      done.push(item)
    }
    await sideBySide(items, 3, work)
    expect([most, done.length]).toEqual([3, 20])
    await expect(sideBySide([30, ...items], 1, work)).rejects.toThrow('thirty')
    expect(done).toHaveLength(20)
  })
})

describe('createMirror', () => {
  const board = createBoard(Object.assign({}))

  it('sends what could not be sent with the next changes, and everything as it is by then', async () => {
    const sent: unknown[] = []
    let isDown = true
    const putTasks = async (_: string, tasks: readonly { taskKey: string; name: string }[]) => {
      if (isDown) throw new Error('down')
      sent.push(...tasks.map(({ taskKey, name }) => `${taskKey} ${name}`))
    }
    const mirror = createMirror({ sidecar: Object.assign({ putTasks }), id: 'x', board })
    mirror.set('1', { name: 'one' })
    mirror.set('2', { name: 'two' })
    await expect(mirror.flush(signal)).rejects.toThrow('down')
    isDown = false
    mirror.set('1', { name: 'one' })
    mirror.set('2', { name: 'other' })
    await mirror.flush(signal)
    mirror.set('2', { name: 'other' })
    await mirror.flush(signal)
    expect(sent.sort()).toEqual(['1 one', '2 other'])
  })

  it('keeps the image of a task whose state changes, also when both come at once', async () => {
    const last = new Map<string, unknown>()
    const putTasks = async (_: string, tasks: readonly { taskKey: string }[]) => {
      await turn()
      for (const task of tasks) last.set(task.taskKey, task)
    }
    const mirror = createMirror({ sidecar: Object.assign({ putTasks }), id: 'x', board })
    const imageDigest = 'a'.repeat(64)
    mirror.set('1', { name: 'one' })
    const first = mirror.flush(signal)
    mirror.set('1', { imageDigest })
    const second = mirror.flush(signal)
    mirror.set('1', { state: 'in-progress' })
    await Promise.all([first, second, mirror.flush(signal)])
    expect(last.get('1')).toMatchObject({ name: 'one', imageDigest, state: 'in-progress' })
  })
})

describe('createBoard', () => {
  function open() {
    const page = new Map<string, { sentence: string; remedy: string; url?: string | undefined }>()
    const sent: string[] = []
    const facts = { project: 'x', raisedAt: '2026-11-24T12:00:00.000Z' }
    const sidecar = {
      problems: async () =>
        [...page].map(([key, report]) => ({ ...facts, key, ...report, url: report.url ?? null })),
      reportProblem: async (_: string, key: string, report: object) => {
        sent.push(`put ${key}`)
        page.set(reportKey.parse(key), problemReport.parse(report))
      },
      clearProblem: async (_: string, key: string) => {
        sent.push(`delete ${key}`)
        page.delete(reportKey.parse(key))
      },
    }
    return { page, sent, sidecar, board: createBoard(Object.assign(sidecar)) }
  }
  const found = { sentence: 'Wrong.', remedy: 'Right it.' }

  it('sends only what has changed', async () => {
    const { board, sent } = open()
    board.set('queue', found)
    await board.sync('x', signal)
    await board.sync('x', signal)
    board.set('queue', { ...found, sentence: 'Wronger.' })
    await board.sync('x', signal)
    board.clear('queue')
    await board.sync('x', signal)
    board.set('queue', found)
    board.clear('queue')
    await board.sync('x', signal)
    expect(sent).toEqual(['put tool.queue', 'put tool.queue', 'delete tool.queue'])
  })

  it('takes over what an earlier run has said about tasks, and ends the rest', async () => {
    const { board, page, sidecar } = open()
    board.set('queue', found)
    board.setOf('label', '7', found)
    await board.sync('x', signal)
    page.set('round-failed', found)
    const next = createBoard(Object.assign(sidecar))
    await next.load('x', signal)
    await next.sync('x', signal)
    expect([...page.keys()]).toEqual(['tool.label.7', 'round-failed'])
    next.clearOf('label', '7')
    await next.sync('x', signal)
    expect([...page.keys()]).toEqual(['round-failed'])
  })

  it('shows so many of a kind, and the number of the others', async () => {
    const { board, page } = open()
    for (let i = 0; i < 70; i++) board.setOf('image', `${i}`, found)
    await board.sync('x', signal)
    expect(page.size).toBe(51)
    expect(page.get('tool.image.more~')?.sentence).toBe('20 more tasks have such a problem.')
    for (let i = 0; i < 30; i++) board.clearOf('image', `${i}`)
    await board.sync('x', signal)
    expect([page.size, page.has('tool.image.more~')]).toEqual([40, false])
  })

  it('says anything about anything in words that the protocol takes', async () => {
    const { board, page } = open()
    const url = 'ftp://odd'
    board.setOf('task', 'a/b?c=ü\n', { sentence: `a\n${'b'.repeat(3000)}`, remedy: '', url })
    await board.sync('x', signal)
    expect([...page.keys()]).toEqual([expect.stringMatching(/^tool\.task\.~[0-9a-f]{32}$/)])
    const [report] = page.values()
    expect(report?.sentence).toHaveLength(2000)
    expect(report).toMatchObject({ remedy: '-' })
  })
})
