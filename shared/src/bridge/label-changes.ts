/** What the sidecar has to be told so that its annotations of a task are those of the tool. */
import type { Label, LabelRecord } from '../protocol/label.ts'
import type { TaskLabels } from '../tool.ts'
import type { Known } from './known-labels.ts'

const nothing: Known = new Map()

/** Labels that are there, and deletions of those that were. Sending them again changes nothing. */
export function labelChanges(now: TaskLabels, known: Known = nothing): readonly Label[] {
  const present = new Map(now.labels.map((label) => [label.externalId, label]))
  const labels = [...present.values()].map((label) => returned(label, known.get(label.externalId)))
  // What cannot be read may be one of those that are missing: it is not deleted.
  if (now.faults.length > 0) return labels
  const deleted = [...known.values()].filter(
    ({ externalId, outcome }) => outcome !== 'deleted' && !present.has(externalId),
  )
  return [...labels, ...deleted.map(deletionOf)]
}

/** One that was taken for deleted must be newer than its deletion. */
function returned(label: Label, record: LabelRecord | undefined): Label {
  if (record?.outcome !== 'deleted' || label.version > record.seenVersion) return label
  return { ...label, version: record.seenVersion + 1 }
}

function deletionOf({ taskKey, externalId, seenVersion, annotator }: LabelRecord): Label {
  return {
    taskKey,
    externalId,
    version: seenVersion + 1,
    annotator,
    seconds: null,
    outcome: 'deleted',
    groundTruth: false,
  }
}
