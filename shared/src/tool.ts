/** The port to a labelling tool: what the bridge asks of it, and what it must never do. One implementation per plugin. */
import type { Label, RunMask } from './protocol/label.ts'
import type { MapRuns } from './protocol/map-runs.ts'
import type { ProjectClass } from './protocol/project.ts'
import type { Receipt } from './protocol/queue.ts'

export interface ToolProject {
  /** The tool's own id. */
  readonly key: string
  readonly title: string
  /** Where a person opens the project. */
  readonly url: string
  readonly classes: readonly ProjectClass[]
}

export interface ToolTask {
  readonly taskKey: string
  readonly name: string
  readonly url: string
  readonly state: 'open' | 'in-progress'
}

/** What people have said about one task: its whole present set of annotations. */
export interface TaskLabels {
  readonly taskKey: string
  /** One per annotation that exists now; one that was there before and is missing was deleted. */
  readonly labels: readonly Label[]
  /** Sentences about parts that could not be read, with where to look; the rest counts. */
  readonly faults: readonly string[]
}

export interface PublishedRow {
  /** From 1. */
  readonly rank: number
  readonly taskKey: string
  /** Pre-label, reason and page; absent beyond the published part. */
  readonly suggestion?: {
    readonly modelDigest: string
    readonly mask: RunMask
    /** Mean probability inside of each class's pixels, 0..1, by class id. */
    readonly scores: ReadonlyMap<number, number>
    /** By class id, where the tool wants them. */
    readonly probabilities?: ReadonlyMap<number, MapRuns>
    /** One line for people: why this image. */
    readonly reason: string
    /** The page that says more. */
    readonly page: string
  }
}

export interface Publication {
  readonly revision: number
  readonly round: number | null
  /** Every task of the queue, in order. */
  readonly rows: readonly PublishedRow[]
}

/**
 * All methods may be repeated without harm; every request goes to the configured origin only. Failures are Problems that
 * an administrator of the tool understands.
 */
export interface AnnotationTool {
  readonly tool: 'label-studio' | 'cvat'
  /** Whether suggestions are published with probability maps, which are larger than masks. */
  readonly wantsProbabilities?: boolean
  project(signal: AbortSignal): Promise<ToolProject>
  /** Every task of the project, in pages; those that are not listed any more are gone. */
  tasks(signal: AbortSignal): AsyncIterable<readonly ToolTask[]>
  /** @throws Problem `unreadable-input` when the tool has no such image any more */
  image(
    taskKey: string,
    signal: AbortSignal,
  ): Promise<{ readonly name: string; readonly bytes: Uint8Array }>
  /**
   * The labels of every task that changed after the cursor, and the next cursor, which is good only when all pages were
   * read. Without a cursor all labels; tasks without any may be left out then, and only then. The version of a label
   * grows with every change of it. May repeat what was told before; must not miss anything, our own writes aside.
   */
  changes(
    cursor: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly tasks: readonly TaskLabels[]; readonly cursor: string }>
  /**
   * Makes the tool serve this order with these pre-labels, both at once. The same revision again repairs what is
   * missing. Must not touch tasks that somebody works on or has finished, nor anything that others made.
   */
  applyQueue(publication: Publication, signal: AbortSignal): Promise<Receipt>
  /** What somebody has changed in the tool so that it no longer serves `revision`; undefined when nothing. */
  drift(revision: number, signal: AbortSignal): Promise<string | undefined>
  /** Restores the project as it was before the connection; labels stay. */
  disconnect(signal: AbortSignal): Promise<void>
}
