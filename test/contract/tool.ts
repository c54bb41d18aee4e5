/** What every implementation of the `AnnotationTool` port must do; called with each. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { maskFault } from '@suggestive/shared/mask'
import type { Label, RunMask } from '@suggestive/shared/protocol/label'
import type { AnnotationTool, Publication, TaskLabels } from '@suggestive/shared/tool'
import { problemOf } from '../support/problems.ts'

/** People at work in the tool, beside the plugin. */
export interface ToolOracle {
  /** A new task with an image of its own. @returns its key */
  addTask(): Promise<string>
  removeTask(taskKey: string): Promise<void>
  /** Its image cannot be read any more; the task stays. */
  loseImage(taskKey: string): Promise<void>
  /** Somebody begins to work on it, and does not finish. */
  lock(taskKey: string): Promise<void>
  /** Somebody finishes it; `labelled` has pixels of the project's first class. @returns the external id */
  annotate(taskKey: string, outcome: 'labelled' | 'empty' | 'skipped'): Promise<string>
  /** Somebody draws another mask. */
  edit(taskKey: string, externalId: string): Promise<void>
  deleteAnnotation(taskKey: string, externalId: string): Promise<void>
  /** Somebody makes the tool serve another order. */
  meddle(): Promise<void>
  /** Keys of free tasks in the order in which the tool hands them out. */
  served(): Promise<readonly string[]>
  /** What the plugin changes and must restore, in any form. */
  settings(): Promise<unknown>
}

/** What a tool has; each of them is asked for unless the tool is said to be without it. */
export interface ToolAbilities {
  /** People can put a task aside for good. */
  readonly hasSkips: boolean
  /** Several annotations of one task stand side by side, and each can be deleted. */
  readonly hasSeveral: boolean
  /** Annotators get all tasks in the order of the queue; otherwise the ones with suggestions only. */
  readonly servesAll: boolean
}

export interface OpenTool {
  readonly tool: AnnotationTool
  readonly oracle: ToolOracle
  close(): Promise<void>
}

const signal = new AbortController().signal

/** @param open a project without tasks, as it is before a connection */
export function toolContract(
  name: string,
  open: () => Promise<OpenTool>,
  without: Partial<Record<keyof ToolAbilities, false>> = {},
) {
  const abilities: ToolAbilities = { hasSkips: true, hasSeveral: true, servesAll: true, ...without }
  describe(`${name} as AnnotationTool`, () => {
    let opened: OpenTool
    let tool: AnnotationTool
    let oracle: ToolOracle
    beforeEach(async () => {
      opened = await open()
      tool = opened.tool
      oracle = opened.oracle
    })
    afterEach(() => opened.close())

    const served = (order: readonly string[], suggested: number) =>
      abilities.servesAll ? order : order.slice(0, suggested)

    async function addTasks(count: number): Promise<string[]> {
      const keys: string[] = []
      for (let i = 0; i < count; i++) keys.push(await oracle.addTask())
      return keys
    }

    async function listed() {
      const tasks = []
      for await (const page of tool.tasks(signal)) tasks.push(...page)
      return tasks
    }

    async function changes(cursor?: string) {
      const tasks = new Map<string, TaskLabels>()
      let next = cursor
      for await (const page of tool.changes(cursor, signal)) {
        for (const task of page.tasks) tasks.set(task.taskKey, task)
        next = page.cursor
      }
      return { tasks, cursor: next }
    }

    /** Fails when the tool does not tell of the task. */
    async function toldOf(taskKey: string, cursor?: string): Promise<readonly Label[]> {
      const { tasks } = await changes(cursor)
      const told = tasks.get(taskKey)
      expect([taskKey, told?.faults]).toEqual([taskKey, []])
      return told?.labels ?? []
    }

    async function publication(
      revision: number,
      order: readonly string[],
      suggested: number,
    ): Promise<Publication> {
      const { classes } = await tool.project(signal)
      const id = classes[0]?.id ?? 1
      const rows = order.map((taskKey, index) => {
        const suggestion = {
          modelDigest: 'a'.repeat(64),
          mask: someMask(id),
          scores: new Map([[id, 0.75]]),
          reason: `rank ${index + 1} of round 1: members disagree; represents 2 similar images`,
          page: 'http://sidecar.test/#project-x',
        }
        return { rank: index + 1, taskKey, ...(index < suggested ? { suggestion } : {}) }
      })
      return { revision, round: 1, rows }
    }

    it('describes its project', async () => {
      const { key, title, url, classes } = await tool.project(signal)
      expect([key, title]).not.toContain('')
      expect(new URL(url).protocol).toMatch(/^https?:$/)
      const ids = classes.map(({ id }) => id)
      expect(ids.length).toBeGreaterThan(0)
      expect(new Set(ids).size).toBe(ids.length)
      expect(Math.min(...ids)).toBeGreaterThanOrEqual(1)
      expect(Math.max(...ids)).toBeLessThanOrEqual(255)
    })

    it('lists each task once, with its state; those that are gone no more', async () => {
      const [first = '', second = '', third = '', ...rest] = await addTasks(7)
      await oracle.lock(second)
      await oracle.removeTask(third)
      const tasks = await listed()
      expect(tasks.map(({ taskKey }) => taskKey).sort()).toEqual([first, second, ...rest].sort())
      const states = new Map(tasks.map(({ taskKey, state }) => [taskKey, state]))
      expect([states.get(first), states.get(second)]).toEqual(['open', 'in-progress'])
      for (const task of tasks) {
        expect(task.name).not.toBe('')
        expect(new URL(task.url).protocol).toMatch(/^https?:$/)
      }
    })

    it('reads an image, and says that one is gone', async () => {
      const [here = '', lost = ''] = await addTasks(2)
      const one = await tool.image(here, signal)
      const again = await tool.image(here, signal)
      expect(one.bytes.length).toBeGreaterThan(0)
      expect(Buffer.from(one.bytes).equals(Buffer.from(again.bytes))).toBe(true)
      await oracle.loseImage(lost)
      expect(await problemOf('unreadable-input', () => tool.image(lost, signal))).toContain(lost)
    })

    it('tells all labels without a cursor', async () => {
      const [labelled = '', empty = '', skipped = ''] = await addTasks(5)
      await oracle.annotate(labelled, 'labelled')
      if (abilities.hasSeveral) await oracle.annotate(labelled, 'labelled')
      await oracle.annotate(empty, 'empty')
      if (abilities.hasSkips) await oracle.annotate(skipped, 'skipped')
      const { tasks, cursor } = await changes()
      expect(cursor).not.toBeUndefined()
      const outcomes = (key: string) => tasks.get(key)?.labels.map(({ outcome }) => outcome)
      expect(outcomes(labelled)).toEqual(Array(abilities.hasSeveral ? 2 : 1).fill('labelled'))
      expect(outcomes(empty)).toEqual(['empty'])
      if (abilities.hasSkips) expect(outcomes(skipped)).toEqual(['skipped'])
      const { classes } = await tool.project(signal)
      for (const { labels } of tasks.values()) {
        for (const { mask } of labels) {
          if (mask === undefined) continue
          expect(maskFault(mask)).toBeUndefined()
          expect(mask.layers.map(({ classId }) => classId)).toEqual([classes[0]?.id])
        }
      }
    })

    it('tells what changed after the cursor, and never misses it', async () => {
      const keys = await addTasks(6)
      const [one = '', two = ''] = keys
      const first = await oracle.annotate(one, 'labelled')
      let { cursor } = await changes()
      const [before] = await toldOf(one)
      await oracle.edit(one, first)
      const [after] = await toldOf(one, cursor)
      expect(after?.externalId).toBe(first)
      expect(after?.version).toBeGreaterThan(before?.version ?? 0)
      expect(after?.mask).not.toEqual(before?.mask)
      // The same again: nothing is forgotten by telling it.
      expect(await toldOf(one, cursor)).toEqual([after])
      cursor = (await changes(cursor)).cursor
      for (const key of keys) await oracle.annotate(key, 'empty')
      const { tasks } = await changes(cursor)
      for (const key of keys) expect([key, tasks.has(key)]).toEqual([key, true])
      expect(await toldOf(two, cursor)).toHaveLength(1)
    })

    const deletes = async () => {
      const [key = ''] = await addTasks(2)
      const first = await oracle.annotate(key, 'labelled')
      const second = await oracle.annotate(key, 'empty')
      const { cursor } = await changes()
      await oracle.deleteAnnotation(key, first)
      expect((await toldOf(key, cursor)).map(({ externalId }) => externalId)).toEqual([second])
      const next = (await changes(cursor)).cursor
      await oracle.deleteAnnotation(key, second)
      expect(await toldOf(key, next)).toEqual([])
    }
    if (abilities.hasSeveral) it('tells the present set, so that a deletion shows', deletes)

    it('serves the queue, and leaves alone what is being worked on or finished', async () => {
      const keys = await addTasks(6)
      const [a = '', b = '', c = '', d = '', locked = '', done = ''] = keys
      await oracle.lock(locked)
      await oracle.annotate(done, 'labelled')
      const before = await toldOf(done)
      const order = [d, locked, b, done, c, a]
      const receipt = await tool.applyQueue(await publication(1, order, 3), signal)
      expect(receipt).toMatchObject({ revision: 1, outcome: 'applied' })
      expect(receipt.applied + receipt.untouched).toBeLessThanOrEqual(order.length)
      const free = (await oracle.served()).filter((key) => key !== locked && key !== done)
      expect(free).toEqual(abilities.servesAll ? [d, b, c, a] : [d, b])
      expect(await toldOf(done)).toEqual(before)
      expect(await tool.drift(1, signal)).toBeUndefined()
    })

    it('applies a revision again without harm, and then a newer one', async () => {
      const keys = await addTasks(5)
      const first = await publication(1, keys.toReversed(), 2)
      await tool.applyQueue(first, signal)
      expect(await tool.applyQueue(first, signal)).toMatchObject({ outcome: 'applied' })
      expect(await oracle.served()).toEqual(served(keys.toReversed(), 2))
      await tool.applyQueue(await publication(2, keys, 2), signal)
      expect(await oracle.served()).toEqual(served(keys, 2))
      expect(await tool.drift(2, signal)).toBeUndefined()
      expect(typeof (await tool.drift(1, signal))).toBe('string')
    })

    it('does not take its own suggestions for labels', async () => {
      const keys = await addTasks(3)
      await tool.applyQueue(await publication(1, keys, 3), signal)
      const { tasks } = await changes()
      expect([...tasks.values()].flatMap(({ labels }) => labels)).toEqual([])
    })

    it('notices that somebody has changed the order, and repairs it', async () => {
      const keys = await addTasks(4)
      const wanted = await publication(1, keys.toReversed(), 2)
      await tool.applyQueue(wanted, signal)
      await oracle.meddle()
      expect(await tool.drift(1, signal)).toMatch(/\w+ \w+/)
      await tool.applyQueue(wanted, signal)
      expect(await tool.drift(1, signal)).toBeUndefined()
      expect(await oracle.served()).toEqual(served(keys.toReversed(), 2))
    })

    it('restores the project when it is disconnected; labels stay', async () => {
      const keys = await addTasks(3)
      const before = await oracle.settings()
      await tool.applyQueue(await publication(1, keys.toReversed(), 2), signal)
      await tool.applyQueue(await publication(2, keys, 2), signal)
      const external = await oracle.annotate(keys[0] ?? '', 'labelled')
      await tool.disconnect(signal)
      await tool.disconnect(signal)
      expect(await oracle.settings()).toEqual(before)
      const told = await toldOf(keys[0] ?? '')
      expect(told.map(({ externalId }) => externalId)).toEqual([external])
    })

    it('stops when it is told to', async () => {
      const [key = ''] = await addTasks(1)
      const stopped = AbortSignal.abort()
      await problemOf('cancelled', () => tool.project(stopped))
      await problemOf('cancelled', () => tool.image(key, stopped))
      await problemOf('cancelled', async () => {
        for await (const _ of tool.tasks(stopped));
      })
      await problemOf('cancelled', async () => {
        for await (const _ of tool.changes(undefined, stopped));
      })
    })
  })
}

/** 8 x 4 pixels, the first five of the class. */
function someMask(classId: number): RunMask {
  return { width: 8, height: 4, layers: [{ classId, runs: [0, 5, 27] }] }
}
