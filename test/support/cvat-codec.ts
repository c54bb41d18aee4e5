/** Shapes, jobs and labels as CVAT answers them, for the codec. */
import * as wire from '@suggestive/plugin-cvat/client/wire'
import { type Classes, classesOf } from '@suggestive/plugin-cvat/codec/classes'

const colours = ['#ff0000', '#51b90a', '#3d3df5']

/** Label `id` 11, 12, ... of these types. */
export function readLabels(...types: readonly string[]): Classes {
  return classesOf(
    types.map((type, index) =>
      wire.label.parse({
        id: 11 + index,
        name: `${type} ${index + 1}`,
        color: colours[index % 3],
        attributes: [],
        type,
        sublabels: [],
        project_id: 1,
        parent_id: null,
        has_parent: false,
      }),
    ),
  )
}

/** A mask of label 11 on frame 0, over the first pixel of the image. */
export function readShape(fields: Readonly<Record<string, unknown>> = {}): wire.Shape {
  return wire.shape.parse({
    ...{
      id: 1,
      type: 'mask',
      label_id: 11,
      frame: 0,
      points: [0, 1, 0, 0, 0, 0],
      source: 'manual',
    },
    ...{ group: 0, occluded: false, outside: false, z_order: 0, rotation: 0, score: 1 },
    ...{ attributes: [], elements: [] },
    ...fields,
  })
}

/** A finished one-image job. */
export function someJob(fields: Readonly<Record<string, unknown>> = {}): wire.Job {
  return wire.job.parse({
    ...{ id: 7, task_id: 1, task_name: null, project_id: 1, project_name: null },
    ...{ assignee: { id: 2, username: 'annot1' }, bug_tracker: '', dimension: '2d' },
    ...{ mode: 'annotation', stage: 'annotation', state: 'completed', type: 'annotation' },
    ...{ start_frame: 0, stop_frame: 0, parent_job_id: null },
    updated_date: '2026-11-23T13:34:43.043387Z',
    ...fields,
  })
}
