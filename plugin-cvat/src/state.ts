/** What the plugin has to remember about a project of CVAT: written before the tool is changed, so that it can be undone. */
import { z } from 'zod'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const byId = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string().regex(/^\d+$/), value).default({})

/** A shape of ours; without an id it was sent, and whether it arrived is not known. */
const ownShape = z.strictObject({ id: z.int().nullable(), frame: z.int(), digest })

export const memory = z.strictObject({
  /** Jobs that were finished once: what they say counts whatever became of them. */
  finished: z.array(z.int()).default([]),
  /** Jobs that nobody has started, but that hold people's shapes: the date at which that was seen, by job. */
  begun: byId(z.string()),
  /** Numbers of classes and their names, by label; stored masks are made of these numbers. */
  classes: byId(z.strictObject({ id: z.int().min(1).max(255), name: z.string() })),
  /** Our shapes by job. */
  prelabels: byId(z.strictObject({ modelDigest: digest, shapes: z.array(ownShape) })),
  /** Jobs that we have assigned: to whom, and to whom they belonged before. */
  assignments: byId(z.strictObject({ from: z.int().nullable(), to: z.int() })),
  /** Jobs that somebody was sent to: who, until when it is theirs if they do not start, and whether it was assigned for that. */
  leases: byId(
    z.strictObject({ annotator: z.int(), until: z.iso.datetime(), isAssigned: z.boolean() }),
  ),
  /** Jobs whose date we have moved since the publication: their place in lists says nothing. */
  moved: z.array(z.int()).default([]),
  /** Tasks whose frames are copies of frames of the pool, or the other way round. */
  copies: z
    .array(
      z.strictObject({
        /** Null while it is made: then it is known by its name. */
        task: z.int().nullable(),
        name: z.string(),
        /** `round`: a task of ours for one round. `replaced`: people's, whose frames lie in a new pool. */
        kind: z.enum(['round', 'replaced']),
        /** For each frame the task of the product that it belongs to; null: it stands for itself. */
        keys: z.array(z.string().nullable()),
        /** Of the publication that a round was made for. */
        revision: z.int().nullable().default(null),
      }),
    )
    .default([]),
  /** Pools that are being made: the name of the new task, the task that its frames come from, and which. */
  pools: z
    .array(z.strictObject({ name: z.string(), from: z.int(), frames: z.array(z.int()) }))
    .default([]),
  /** Addresses that we have put into "bug tracker", by task. */
  trackers: byId(z.string()),
  published: z
    .strictObject({
      revision: z.int(),
      mode: z.enum(['gate', 'touch', 'round']),
      /** Jobs in the order of the queue, with the frame to begin at. */
      order: z.array(z.strictObject({ job: z.int(), frame: z.int() })),
      /** Jobs that lists show in this order, with their dates when they were published. */
      head: z.array(z.strictObject({ job: z.int(), date: z.string() })),
      /** The tool serves or has served it. */
      isComplete: z.boolean(),
    })
    .optional(),
  /** Id of our webhook. */
  webhook: z.int().optional(),
})

export type Memory = z.infer<typeof memory>
export type Mode = NonNullable<Memory['published']>['mode']
export type Copy = Memory['copies'][number]
export type OwnShape = z.infer<typeof ownShape>

/** Where it is kept; one for each project. */
export interface MemoryStore {
  /** An empty memory when nothing was written. */
  read(): Promise<Memory>
  /** All or nothing, and durable when it resolves. */
  write(memory: Memory): Promise<void>
}

/** Changes of a memory, one after the other: each gets what the one before has left. */
export class Ledger {
  readonly #store: MemoryStore
  #last: Promise<unknown> = Promise.resolve()

  constructor(store: MemoryStore) {
    this.#store = store
  }

  read(): Promise<Memory> {
    return this.#store.read()
  }

  /** Writes nothing when `by` returns what it was given. @returns what is remembered now */
  change(by: (memory: Memory) => Memory): Promise<Memory> {
    const changed = this.#last.then(async () => {
      const before = await this.#store.read()
      const after = by(before)
      if (after !== before) await this.#store.write(after)
      return after
    })
    this.#last = changed.catch(() => undefined)
    return changed
  }
}
