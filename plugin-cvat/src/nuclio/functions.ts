/** Connected projects as functions of Nuclio: a detector and an interactor each (contract section 7). */
import { Problem } from '@suggestive/shared/problem'
import type { Connection } from '../connection.ts'
import { type Kind, kinds } from './wire.ts'

export interface NamedFunction {
  readonly kind: Kind
  readonly connection: Connection
  /** Of the project in the sidecar. */
  readonly project: string
}

/** E.g. `suggest.nuclei.detector`; names of projects have lower-case letters, digits and hyphens only. */
const nameOf = (project: string, kind: Kind) => `suggest.${project}.${kind}`

/** Those of all projects that have been read once. */
export function functionsOf(
  connections: readonly Connection[],
): ReadonlyMap<string, NamedFunction> {
  const named = connections.flatMap((connection) => {
    const project = connection.sidecarProject()
    if (project === undefined) return []
    return kinds.map((kind) => [nameOf(project, kind), { kind, connection, project }] as const)
  })
  return new Map(named)
}

/** @param port where functions are asked in the mode `direct` */
export async function described(
  name: string,
  { kind, connection, project }: NamedFunction,
  port: number,
  signal: AbortSignal,
) {
  const title = connection.bridge.status().project?.title ?? project
  return {
    metadata: {
      name,
      namespace: 'nuclio',
      labels: { 'nuclio.io/project-name': 'cvat' },
      annotations:
        kind === 'detector'
          ? {
              name: `${title}: pre-labels`,
              type: kind,
              framework: 'suggestive annotation',
              spec: JSON.stringify(await labelsOf(connection, signal)),
            }
          : {
              name: `${title}: click`,
              type: kind,
              framework: 'suggestive annotation',
              spec: '',
              version: '2',
              min_pos_points: '1',
              min_neg_points: '0',
              startswith_box_optional: 'true',
              help_message:
                'Click the object, or draw a box around it; further clicks add to it or take away from it.',
            },
    },
    spec: { description: `What the networks of the project "${title}" see` },
    status: { state: 'ready', httpPort: port },
  }
}

async function labelsOf(connection: Connection, signal: AbortSignal) {
  const { labels } = await connection.classes(signal)
  return labels.map(({ labelId, name }) => ({ id: labelId, name, type: 'mask', attributes: [] }))
}

/** @throws Problem `not-found` */
export function functionNamed(
  functions: ReadonlyMap<string, NamedFunction>,
  name: string,
): NamedFunction {
  const found = functions.get(name)
  if (found !== undefined) return found
  throw new Problem(
    'not-found',
    `There is no function ${name}: each connected project has a detector and an interactor.`,
  )
}
