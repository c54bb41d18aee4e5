/** One connected project: everything that a poll does, in its order. */
import { Problem } from '../problem.ts'
import type { AnyEvent } from '../protocol/event.ts'
import type { ProjectView } from '../protocol/project.ts'
import type { EventStream } from '../sidecar-client/events.ts'
import type { ToolProject } from '../tool.ts'
import type { Board, Topic } from './board.ts'
import { connectProject, updateProject } from './connect.ts'
import type { BridgeOptions } from './deps.ts'
import { foundFrom } from './failure.ts'
import { createImages } from './images.ts'
import { takeInventory } from './inventory.ts'
import { createLoop } from './loop.ts'
import { createMirror } from './mirror.ts'
import { createPublisher } from './publisher.ts'
import { readLabels } from './read-labels.ts'

export type Session = Awaited<ReturnType<typeof openSession>>

/** Listing all tasks is never what the plugin mostly does. */
const listingShare = 20
const mostListingPauseMs = 600_000
/** For the events to be there before the first images are asked for. */
const patienceMs = 3000

interface Facts {
  tasksListed: number
  tasksRead: number
  /** Milliseconds since 1970. */
  lastLabelAt: number | null
}

/** @param wake asks for a poll */
export async function openSession(
  options: BridgeOptions & { readonly board: Board },
  wake: () => void,
  signal: AbortSignal,
) {
  const { tool, sidecar, state, clock, timers, log, board, onDrift = 'report' } = options
  let described: ToolProject = await tool.project(signal)
  let view: ProjectView = await connectProject(options, described, signal)
  const { id } = view
  const page = new URL(`#project-${id}`, options.page ?? sidecar.address).href
  const mirror = createMirror({ sidecar, id, board })
  const ports = { tool, sidecar, state, clock, log, board, mirror, id, page, onDrift }
  const images = createImages(ports, signal)
  const publisher = createPublisher(ports)
  const queue = createLoop(() => guard('served', () => publisher.step(signal)))
  const facts: Facts = { tasksListed: 0, tasksRead: 0, lastLabelAt: null }
  let listAt = Number.NEGATIVE_INFINITY
  let hasListed = false
  let isReset = false
  let hasUnknown = false
  /** From the first event that is kept, so that what was asked for before the first poll ended is not lost. */
  let position = state.read().eventId ?? 0

  /** What fails is reported; everything else goes on. */
  async function guard(topic: Topic, work: () => Promise<void>): Promise<void> {
    try {
      await work()
      board.clear(topic)
    } catch (error) {
      if (signal.aborted) return
      log.error({ project: id, error: String(error) }, `${topic}: a step failed, it is tried again`)
      board.set(topic, foundFrom(error, 'It is tried again by itself at the next poll.'))
    }
  }

  function onEvent(event: AnyEvent) {
    if (event.type === 'reset') {
      position = event.id
      // Before anything was acknowledged there is nothing that could have been lost.
      if (!hasListed && state.read().cursor === undefined) return
      isReset = true
      return wake()
    }
    if (event.type === 'image.wanted') images.want(event.data.taskKeys)
    if (event.type === 'queue.published' && hasListed) void queue.run()
    if ('id' in event) position = event.id
  }

  async function listen(): Promise<EventStream> {
    let opened = () => {}
    const ready = new Promise<void>((resolve) => {
      opened = resolve
    })
    const stream = sidecar.events({
      project: id,
      after: () => position,
      onEvent,
      onChange(isOpen, why) {
        opened()
        if (!isOpen) log.warn({ project: id, why }, 'the events of the sidecar have broken off')
      },
      timers,
    })
    const stop = timers.after(patienceMs, opened)
    await ready
    stop()
    return stream
  }

  /** After a reset nothing that was acknowledged before counts. */
  async function startOver() {
    await state.change({ cursor: undefined })
    isReset = false
    publisher.forget()
    await mirror.load(signal)
    await board.load(id, signal)
    listAt = Number.NEGATIVE_INFINITY
  }

  async function list() {
    const began = clock.now()
    described = await tool.project(signal)
    await guard('project', async () => {
      const hasOthers = await updateProject({ sidecar }, view, described, signal)
      // Labels of a class that was unknown are welcome now.
      if (hasOthers) await state.change({ cursor: undefined })
    })
    const { tasks, added, gone, renamed } = await takeInventory(ports, signal)
    images.check(renamed)
    facts.tasksListed = tasks
    if (added + gone > 0) log.info({ project: id, tasks, added, gone }, 'the tasks have changed')
    hasListed = true
    const pauseMs = Math.min(mostListingPauseMs, listingShare * (clock.now() - began))
    listAt = clock.now() + pauseMs
  }

  async function labels() {
    const { cursor } = state.read()
    const connectedAt = Date.parse(view.createdAt)
    const onProgress = (tasks: number) => {
      facts.tasksRead = tasks
    }
    const read = await readLabels({ ...ports, connectedAt, onProgress }, cursor, signal)
    const { accepted, repeated, refused } = read
    if (accepted > 0) facts.lastLabelAt = clock.now()
    if (accepted + refused > 0) {
      log.info({ project: id, accepted, repeated, refused }, 'labels were taken in')
    }
    // A class may have been added a moment ago.
    if (refused > 0 || read.unknown.length > 0) listAt = Number.NEGATIVE_INFINITY
    // Those of unknown tasks come with the next poll, which lists the tasks first.
    const { unknown } = read
    if (unknown.length === 0) await state.change({ cursor: read.cursor })
    if (unknown.length > 0 && hasUnknown) {
      throw new Problem(
        'tool-failed',
        `The tool tells of labels of tasks that it does not list, e.g. of task ${unknown[0]}: see whether the account may see all tasks.`,
      )
    }
    hasUnknown = unknown.length > 0
  }

  await mirror.load(signal)
  await board.load(id, signal)
  const stream = await listen()

  return {
    id,
    images,
    publisher,
    facts,
    isComplete: () => state.read().cursor !== undefined,
    hasEvents: () => stream.isOpen(),
    described: () => described,
    taskWith: (digest: string) => mirror.withImage(digest)?.taskKey,
    published: () => view.queueRevision,
    /** @throws Problem when the sidecar does not answer; `not-found` when it does not know the project any more */
    async pass(): Promise<void> {
      view = await sidecar.project(id, signal)
      if (isReset) await startOver()
      if (clock.now() >= listAt) await guard('tasks', list)
      if (hasListed) await guard('labels', labels)
      images.retry()
      if (hasListed) void queue.run()
      if (state.read().cursor !== undefined) board.clear('state')
      // What was asked for and is not sent yet is asked for again after a crash.
      if (!isReset && images.isSettled()) {
        await guard('memory', () => state.change({ eventId: position }))
      }
      board.clear('connection')
      await board.sync(id, signal)
    },
    async idle() {
      await queue.idle()
      await images.idle()
    },
    async close() {
      stream.close()
      await queue.idle()
      await images.idle()
    },
  }
}
