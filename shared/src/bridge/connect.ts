/** Which project of the sidecar the tool's project is; created when there is none. */
import { type ProjectView, projectSettings } from '../protocol/project.ts'
import type { ToolProject } from '../tool.ts'
import type { BridgeOptions } from './deps.ts'

type Port = Pick<BridgeOptions, 'tool' | 'sidecar' | 'state' | 'settings'>

/**
 * The one that was used before, else the one with the same address in the tool. Titles may change, and two servers may
 * have projects of the same number.
 */
export async function connectProject(
  { tool, sidecar, state, settings = {} }: Port,
  described: ToolProject,
  signal: AbortSignal,
): Promise<ProjectView> {
  const { tool: kind } = tool
  const projects = await sidecar.projects(signal)
  const toolProject = addressOf(described)
  const before = state.read().project
  const known =
    projects.find((one) => one.id === before && one.tool === kind) ??
    projects.find((one) => one.tool === kind && one.toolProject === toolProject)
  const view =
    known ??
    (await sidecar.createProject(
      {
        id: freeId(described, new Set(projects.map(({ id }) => id))),
        name: nameOf(described),
        tool: kind,
        toolProject,
        classes: [...described.classes],
        settings: projectSettings.parse(settings),
      },
      signal,
    ))
  // What was remembered of another project says nothing about this one.
  const forget = { cursor: undefined, eventId: undefined }
  const isSame = known !== undefined && known.id === before
  await state.change({ project: view.id, ...(isSame ? {} : forget) })
  return view
}

/**
 * Makes the sidecar's name and classes those of the tool.
 *
 * @returns whether the classes changed
 * @throws Problem `conflict` when a class has vanished that labels use
 */
export async function updateProject(
  { sidecar }: Pick<Port, 'sidecar'>,
  view: ProjectView,
  described: ToolProject,
  signal: AbortSignal,
): Promise<boolean> {
  const name = nameOf(described)
  const classes = [...described.classes]
  const hasOthers = JSON.stringify(sorted(classes)) !== JSON.stringify(sorted(view.classes))
  if (name === view.name && !hasOthers) return false
  const change = { ...(name === view.name ? {} : { name }), ...(hasOthers ? { classes } : {}) }
  await sidecar.changeProject(view.id, change, signal)
  return hasOthers
}

function sorted(classes: ToolProject['classes']) {
  return [...classes]
    .sort((a, b) => a.id - b.id)
    .map(({ id, name, colour = null }) => [id, name, colour])
}

function addressOf({ url, key }: ToolProject): string {
  return url.length <= 200 ? url : key
}

function nameOf({ title, key }: ToolProject): string {
  const plain = title
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
  return plain === '' ? `Project ${key}` : plain
}

/** E.g. `nuclei-2026`. */
function freeId({ title, key }: ToolProject, taken: ReadonlySet<string>): string {
  const slug = (text: string) =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
  const base = slug(title).slice(0, 40).replace(/-+$/, '') || `project-${slug(key)}`.slice(0, 40)
  for (let count = 1; ; count++) {
    const id = count === 1 ? base : `${base}-${count}`
    if (!taken.has(id)) return id
  }
}
